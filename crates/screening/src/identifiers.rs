//! Numbers with check digits that belong to one child: UPN, NHS number, National Insurance number.

/// Letters of a unique pupil number; I, O and S are never used.
const UPN_LETTERS: &[u8; 23] = b"ABCDEFGHJKLMNPQRTUVWXYZ";

/// Whether the check letter of a unique pupil number fits: thirteen characters, capitals, no spaces.
///
/// The letter is the sum of position times value of the twelve others, modulo 23 (DfE's UPN guide).
pub(crate) fn upn_checks(upn: &[u8]) -> bool {
    let value = |b: u8| match b {
        b'0'..=b'9' => Some(usize::from(b - b'0')),
        _ => UPN_LETTERS.iter().position(|letter| *letter == b),
    };
    let Some((check, rest)) = upn.split_first() else {
        return false;
    };
    let weighed = rest.iter().enumerate().map(|(at, b)| value(*b).map(|value| (at + 2) * value));
    let sum: Option<usize> = weighed.sum();
    rest.len() == 12 && sum.is_some_and(|sum| UPN_LETTERS[sum % 23] == *check)
}

/// Whether the last of ten digits is the check digit of an NHS number: weights 10 to 2, eleven less the rest of a division
/// by 11, where 11 is written 0 and 10 is never issued.
pub(crate) fn nhs_checks(digits: &[u8]) -> bool {
    if digits.len() != 10 || digits.iter().all(|d| *d == digits[0]) {
        return false;
    }
    let sum: usize = digits[..9].iter().enumerate().map(|(at, d)| (10 - at) * usize::from(d - b'0')).sum();
    let check = (11 - sum % 11) % 11;
    check == usize::from(digits[9] - b'0')
}

/// Whether two letters may begin a National Insurance number (HMRC's NIM39110).
pub(crate) fn ni_prefix_is_used(first: u8, second: u8) -> bool {
    let never = |b: u8| matches!(b, b'd' | b'f' | b'i' | b'q' | b'u' | b'v');
    !never(first)
        && !never(second)
        && second != b'o'
        && !matches!(&[first, second], b"bg" | b"gb" | b"nk" | b"kn" | b"tn" | b"nt" | b"zz")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pupil_numbers_check_by_their_letter() {
        let check = |upn: &str, expect: bool| assert_eq!(upn_checks(upn.as_bytes()), expect, "{upn}");
        for upn in ["B801200005001", "P207000016049", "M20700001604A", "Y20700001604Z", "V999999924001"] {
            check(upn, true);
        }
        for upn in ["J999999924002", "Y999999924003", "X999999925123", "U99999992401A", "T99999992402Z"] {
            check(upn, true);
        }
        for upn in ["A801200005001", "Q207000016049", "B80120000500", "", "B80120000500I"] {
            check(upn, false);
        }
    }

    #[test]
    fn nhs_numbers_check_modulo_eleven() {
        let check = |digits: &str, expect: bool| assert_eq!(nhs_checks(digits.as_bytes()), expect, "{digits}");
        check("9434765919", true);
        check("9434765918", false);
        check("9999999999", false);
        check("999000004", false);
    }

    #[test]
    fn insurance_prefixes_that_are_never_issued_are_known() {
        assert!(ni_prefix_is_used(b'a', b'b'));
        for (first, second) in [(b'q', b'q'), (b'b', b'g'), (b'a', b'o'), (b'd', b'a'), (b'z', b'z')] {
            assert!(!ni_prefix_is_used(first, second));
        }
    }
}
