//! Papers that leave the house: PDF files made from data.
//!
//! For: the export of one person's records. Promises: nothing is read from disk or network while a paper is made; data is text and
//! never markup. Does not: know whose data it is, or keep any of it.
