"""Names to combine at random for people who don't exist: given and family names of many origins.

The family names of people accompanied stand nowhere else in the demonstration, and none is an ordinary word: a
test looks for them in the database file, where all of them must be encrypted.
"""

GIVEN = """
Aïssata Amadou Amine Amira Ana Anouk Arash Awa Bachir Bintou Bruna Carlos Chloé Dalila Danylo Daria Djibril Édith
Elias Emre Esther Fanta Farida Fatoumata Fernanda Filmon Firuza Franck Ghislaine Gintaras Goran Habib Hadja Hakim
Hélène Idriss Ilona Inès Irina Isabel Ismaël Ivana Jawid Joana Joël Josette Kadiatou Kamal Karim Khadija Kofi Kseniia
Laïla Lamine Leïla Léonce Ligia Lina Luam Lucette Lyudmyla Mahmoud Malika Mamadou Marcel Mariam Marlène Mebrahtu
Mehmet Mélanie Milica Moussa Mykola Myriam Nadia Nahom Nasrin Nathalie Nguyet Nicole Nour Odette Oksana Olena Omar
Oumar Pascal Pauline Petra Quentin Rachid Ramata Rania Rosa Roza Sabrina Salif Samira Sandrine Saïd Selam Semra
Serge Shirin Sofia Solange Sylvain Tarek Tatiana Teresa Thérèse Thierry Tigist Viorel Wassim Xavier Yasmina Yohannes
Yuliia Yvonne Zahra Zeynep Zineb Zohra
""".split()

FAMILY = """
Abdirahman Abeselom Achterberg Adebayo Afonseca Aghabekian Ahmadzai Akhmetova Alvarenga Amrouche Andriamana Arslanbek
Asfaha Ayrapetian Bagayokho Bajramaj Balogun Barbulescu Barreiros Belkacemi Benhaddou Berhanekidan Bondarchenko
Bouazizi Boukhelifa Bourdillat Brancoveanu Cabrerizo Camarasco Carvalhais Cavaillou Ceesaykoro Chabrillon Chevrinais
Cisokhana Dabrowiecka Danielyants Darbandi Deslorieux Diakhaby Diawarako Djabrailov Dobrescu Doumbiako Durmazoglu
Ebongolo Elmasri Estevinho Fadigayou Faizullah Ferreirinho Fofanako Foulquerat Frejaville Gashimova Gebremariam
Ghebreyesus Ghorbani Gouyonnet Grigorchuk Guimaraens Habtemikael Haidarzadeh Hakopian Hamrouni Haxhimusa Hernandiz
Hovsepian Hryhorenko Iancovici Ibrahimaj Jarjoukian Jovanoska Kaboreko Kahsayou Kanoutedji Karabulutlu Kaygusuzer
Keitamba Khachatourov Kharoubi Kidanemariam Koulibalika Kourouma Kovalyshyn Krasnychuk Lamourette Larbaoui
Lavergnolle Leontievski Loubatieres Lukashchuk Machadinho Mahamoudou Makengolo Mamedovic Manukyants Marchetoux
Mebarkia Mehraban Mendizabal Mikhailenko Mokhtarpour Montaudouin Mouhoubi Mutombokala Nahayoko Narvaezo Ndiayekha
Nguyenhoa Niangaly Nishimwe Noorzaiy Ogunleye Okonkwor Oliveirense Osmanovska Ouattarako Oyelaran Papazyants
Pavlenchuk Penafielo Petroskaia Phamdinh Pouchkareva Quintanilha Rahimzada Rakotobe Ramadanoski Ribeirinha
Rochegudes Rostamkhan Saidoulaev Sandovalez Sangareko Sarkissoff Sawadogho Sebhatleab Semedinho Serhiyenko
Shahnazari Shevchuko Sidibekoro Silvestrao Soumahoro Stanojkovic Szczepaniec Tadessework Tchikaya Teixeirinha
Teklehaimanot Tesfamariam Tkachivska Tounkarama Traorekoro Tsegayou Ulusoyer Urbaneja Valdiviezo Vandersteyn
Vasconcelhos Verdonckaert Wakilzada Woldeselassie Yalcinkayali Yohanneson Zadranwal Zbierska Zeroualou Zhadanenko
""".split()

# People who work in structures and venues: their names are in clear, as on any letter.
STAFF_GIVEN = """
Agathe Alban Anissa Antonin Bastien Blandine Camille Capucine Céleste Clémence Cyprien Delphine Dorian Églantine
Élodie Faustine Firmin Gaëlle Honorine Iban Jacinthe Judith Killian Lilian Maëlys Mahaut Nadège Noémie Octave
Ondine Perrine Prosper Quitterie Romane Rosalie Sidonie Tancrède Ulysse Valère Wilfried Ysé Zélie
""".split()

STAFF_FAMILY = """
Aubrac Bellecombe Berthenod Bonnefontaine Cassagnol Chantemerle Clairvallon Corbeyrand Courtepierre Desrivelles
Duchêneau Entremont Fauvelière Fontclaire Gravelin Hautecoeur Jolivallon Lachassagnol Longeverne Malapierre
Maisonnial Montchevreuil Nivolette Oriolat Passelaigue Peyrelongue Quincieux-Barret Ravinel Rivelaine Rochebise
Saint-Aubrun Souvignac Tournemire Valgrenier Vauzelles Verchère-Morin
""".split()
