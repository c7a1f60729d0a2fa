"""What `./portail` does, in the standard library alone: it runs before anything is installed.

    commands      the command line: what people can ask for
    legs          the steps of `./portail test`
    servers       the portal's own processes, and the demonstration
    services      a PostgreSQL and a Redis of our own, thrown away afterwards
    children      processes that are started together and stopped together
    settings      what each use of the portal finds in its environment variables
    installation  .venv and its pins, Debian's packages
    console       what is said to people, and other programs run to their end

Each may use those below it. It speaks French to people and English to engineers.
"""
