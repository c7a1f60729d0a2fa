"""How fast the portal is, beside a bare Django app that does the same job: `./portail bench` (docs/performance.md).

Standard library only in this process; what needs Django runs in processes of its own:

    __main__    the command line, and the order of things
    jobs        what is measured, and the figure that each job must reach
    client      the clients: threads that ask over sockets
    servers     gunicorn for portal and floor, and what their processes use
    seeding     run in the portal: sessions, dates and people for the clients
    probes      run in the portal: what isn't a page (PDF, import, audit)
    portal_settings, statements   the portal's own settings, and a count of SQL statements
    floor/      the bare app
"""
