//! How much of a file is read. Beyond each limit a file is refused with the limit named, before anything is written.

/// One file, unpacked: a million rows of a roll take about 150 MB.
pub const FILE_BYTES_MAX: usize = 256 * 1024 * 1024;
/// What a page takes: a school of two thousand pupils fills 1 MB. The command takes more.
pub const UPLOAD_BYTES_MAX: usize = 24 * 1024 * 1024;
/// All files of an archive together, unpacked.
pub const ARCHIVE_BYTES_MAX: usize = 320 * 1024 * 1024;
/// Nothing honest is packed tighter than this; an archive that is would unpack to far more than it says.
pub const PACKED_TIMES_MAX: u64 = 400;
/// OneRoster has 14 files; some systems put others beside them.
pub const ARCHIVE_FILES_MAX: usize = 200;
/// A workbook is kept in memory in ten times its packed size.
pub const WORKBOOK_BYTES_MAX: usize = 96 * 1024 * 1024;
/// Rows of one table.
pub const ROWS_MAX: usize = 1_000_000;
pub const COLUMNS_MAX: usize = 200;
/// Longest cell that anybody reads; more is a quotation mark that was never closed.
pub const CELL_CHARS_MAX: usize = 1_000;
/// The screening's index takes no more people either.
pub const PUPILS_MAX: usize = 45_000;
pub const ADULTS_MAX: usize = 150_000;
pub const CLASSES_MAX: usize = 2_000;
/// Classes and groups of one pupil.
pub const CLASSES_OF_PUPIL_MAX: usize = 40;
/// Adults of one pupil.
pub const ADULTS_OF_PUPIL_MAX: usize = 20;
/// Faults that are told one by one; of more, only how many there are.
pub const FAULTS_MAX: usize = 10_000;
/// Nobody at a school is older.
pub const AGE_YEARS_MAX: i16 = 25;
/// A purpose's code in `refused`.
pub const PURPOSE_CHARS_MAX: usize = 40;
/// Key of a pupil, adult or class in the school's own system.
pub const KEY_CHARS_MAX: usize = 120;

/// What is said when there is more of something than a school may have; reading stops there.
pub(super) fn over(pupils: usize, adults: usize, classes: usize) -> Option<String> {
    let all = [(pupils, "pupil", PUPILS_MAX), (adults, "adult", ADULTS_MAX), (classes, "class", CLASSES_MAX)];
    let (_, what, most) = all.into_iter().find(|(count, _, most)| count > most)?;
    Some(format!("is one more {what} than the {most} that a school may have; nothing after this line was read"))
}
