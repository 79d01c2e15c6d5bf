//! A school of any size with ordinary names, the same every time.

use screening::{Person, PersonKind};

#[rustfmt::skip]
pub(crate) const FORENAMES: &[&str] = &[
    "Zara", "Oliver", "Amelia", "Noah", "Olivia", "George", "Isla", "Arthur", "Ava", "Muhammad", "Lily", "Leo",
    "Freya", "Harry", "Florence", "Oscar", "Willow", "Archie", "Ivy", "Henry", "Grace", "Theodore", "Mia",
    "Freddie", "Rosie", "Jack", "Sophia", "Charlie", "Poppy", "Theo", "Evelyn", "Alfie", "Charlotte", "Jacob",
    "Daisy", "Thomas", "Elsie", "Finley", "Sienna", "Arlo", "Emily", "William", "Phoebe", "Lucas", "Evie", "Roman",
    "Harper", "Tommy", "Matilda", "Isaac", "Ella", "Teddy", "Emilia", "Alexander", "Maya", "Luca", "Isabella",
    "Edward", "Millie", "James", "Layla", "Joshua", "Ada", "Max", "Sofia", "Adam", "Robyn", "Ethan", "Aisha",
    "Logan", "Maryam", "Reuben", "Nevaeh", "Łukasz", "Zofia", "Mateusz", "Zuzanna", "Siân", "Rhys", "Cerys",
    "Saoirse", "Niamh", "Ciarán", "Zoë", "Chloé", "François", "José", "Jürgen", "Björn", "Mary Anne", "Jean-Luc",
    "D'Arcy", "Rose", "Will", "Summer", "Hope", "Mark", "April", "May", "Dawn", "Holly", "Ruby", "Amber", "Jade",
    "Robin", "Jasmine", "Heather", "Hazel", "Rowan", "Ash", "Victoria", "Jordan", "Chelsea", "Paris", "Lincoln",
    "Chester", "Ben", "Rosa", "Tim", "Mary", "Joseph", "Oluwaseun", "Chidi", "Ngozi", "Priya", "Arjun", "Wei", "Mei-Ling", "Nguyen",
];

#[rustfmt::skip]
pub(crate) const SURNAMES: &[&str] = &[
    "Khan", "Smith", "Jones", "Taylor", "Brown", "Williams", "Wilson", "Johnson", "Davies", "Patel", "Robinson",
    "Wright", "Thompson", "Evans", "Walker", "White", "Roberts", "Green", "Hall", "Wood", "Harris", "Martin",
    "Jackson", "Clarke", "Hughes", "Edwards", "Young", "Hill", "King", "Carter", "Cooper", "Parker", "Fields",
    "Park", "Street", "Lane", "Cook", "Baker", "Dickson", "Cockburn", "Hancock", "Nowak", "Wójcik", "Kowalski",
    "O'Brien", "O'Neill", "McDonald", "MacKenzie", "Smith-Jones", "Ali-Hassan", "van der Berg", "de Souza", "Al-Amin", "Müller", "Jørgensen", "Nuñez", "García", "Okafor", "Adeyemi", "Mensah", "Nguyen", "Tran", "Chen",
    "Wang", "Singh", "Kaur", "Begum", "Hussain", "Ahmed", "Malik", "Iqbal", "Rahman", "Choudhury", "Papadopoulos",
    "Ivanova", "Popescu", "Rossi", "Silva", "Fernandes", "Oduya", "Tekle", "Yilmaz", "Demir", "Haddad", "Cohen",
    "Levy", "Goldstein", "Fitzgerald", "Gallagher", "Llewellyn", "Pritchard", "Griffiths", "Sutherland", "Campbell",
    "Stewart", "Fraser", "Murray", "Sinclair", "Whitfield", "Ashworth", "Bottomley", "Featherstone",
];

/// Pupils with every forename and surname in turn, and one member of staff for every fifteen.
pub(crate) fn school(pupils: usize) -> Vec<Person> {
    let pupil = |at: usize| Person {
        id: format!("p{at}"),
        forename: FORENAMES[at % FORENAMES.len()].to_owned(),
        known_as: if at.is_multiple_of(19) { format!("{}y", &"Bobsam"[..3 + at % 3]) } else { String::new() },
        surname: SURNAMES[(at * 7 + at / FORENAMES.len()) % SURNAMES.len()].to_owned(),
        kind: PersonKind::Pupil,
    };
    let staff = |at: usize| Person {
        id: format!("s{at}"),
        forename: FORENAMES[(at * 5 + 3) % FORENAMES.len()].to_owned(),
        known_as: String::new(),
        surname: SURNAMES[(at * 11 + 5) % SURNAMES.len()].to_owned(),
        kind: PersonKind::Staff,
    };
    (0..pupils).map(pupil).chain((0..pupils / 15).map(staff)).collect()
}
