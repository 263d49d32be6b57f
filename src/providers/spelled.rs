//! Finds a text however it is written: in any case, with characters as URLs, JSON and HTML write them, in
//! hexadecimal or base64, and across the ends of lines.

use data_encoding::HEXLOWER;
use data_encoding::HEXLOWER_PERMISSIVE;

/// The shortest text that is looked for in hexadecimal and base64, where shorter ones stand by chance.
const SHORTEST_CODED: usize = 8;

/// Named characters of HTML that are ASCII signs.
const NAMED: [(&[u8], u8); 34] = [
    (b"amp;", b'&'),
    (b"lt;", b'<'),
    (b"gt;", b'>'),
    (b"quot;", b'"'),
    (b"apos;", b'\''),
    (b"plus;", b'+'),
    (b"equals;", b'='),
    (b"sol;", b'/'),
    (b"bsol;", b'\\'),
    (b"colon;", b':'),
    (b"semi;", b';'),
    (b"comma;", b','),
    (b"period;", b'.'),
    (b"excl;", b'!'),
    (b"quest;", b'?'),
    (b"num;", b'#'),
    (b"dollar;", b'$'),
    (b"percnt;", b'%'),
    (b"lpar;", b'('),
    (b"rpar;", b')'),
    (b"ast;", b'*'),
    (b"commat;", b'@'),
    (b"lbrack;", b'['),
    (b"lsqb;", b'['),
    (b"rbrack;", b']'),
    (b"rsqb;", b']'),
    (b"hat;", b'^'),
    (b"lowbar;", b'_'),
    (b"grave;", b'`'),
    (b"lbrace;", b'{'),
    (b"lcub;", b'{'),
    (b"rbrace;", b'}'),
    (b"rcub;", b'}'),
    (b"vert;", b'|'),
];

/// A text that is looked for.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Spelling {
    wanted: Vec<u8>,
    how: How,
}

/// Coding of a text. It decides on the bytes, beside line breaks, that may stand between the signs, and on whether a
/// part of the text counts as found.
#[derive(Clone, Copy, PartialEq, Eq)]
enum How {
    /// The text itself, of which so many signs give it away.
    Plain(usize),
    /// The end of it.
    End,
    /// Digits of bytes, between which signs may stand.
    Hex,
    /// Base64, between whose digits white space may stand (RFC 2045, section 6.8).
    Base64,
}

impl Spelling {
    /// Returns everything that has to be looked for where `text` is.
    pub(super) fn all_of(text: &str) -> Vec<Spelling> {
        let plain = |part: &str, least| Spelling { wanted: part.as_bytes().to_vec(), how: How::Plain(least) };
        if text.len() < SHORTEST_CODED {
            return vec![plain(text, text.len())];
        }
        // Some providers repeat the beginning of a key or its end.
        let least = text.len().div_ceil(2).max(SHORTEST_CODED);
        let mut all = vec![plain(text, least)];
        if let Some(end) = text.get(text.len() - least..) {
            all.push(Spelling { wanted: end.as_bytes().to_vec(), how: How::End });
        }
        let base64 = |coded: String| {
            let of_urls = coded.replace('+', "-").replace('/', "_");
            [coded, of_urls].map(|coded| Spelling { wanted: coded.into_bytes(), how: How::Base64 })
        };
        // What codes a text of another case is another text.
        for text in [text.to_owned(), text.to_ascii_lowercase(), text.to_ascii_uppercase()] {
            all.push(Spelling { wanted: HEXLOWER.encode(text.as_bytes()).into_bytes(), how: How::Hex });
            // In base64 a text looks different at each of three offsets.
            all.extend((0..3).flat_map(|offset| base64(base64_middle(text.as_bytes(), offset))));
        }
        // A header of basic authentication that is sent on in base64.
        for once in (0..3).map(|offset| base64_middle(text.as_bytes(), offset)) {
            all.extend((0..3).flat_map(|offset| base64(base64_middle(once.as_bytes(), offset))));
        }
        let mut kept = Vec::with_capacity(all.len());
        for spelling in all {
            if !kept.contains(&spelling) {
                kept.push(spelling);
            }
        }
        kept
    }

    /// Tells whether `text` is what is looked for, as it is or as addresses have it, and not a part of it or
    /// another coding.
    pub(super) fn is(&self, text: &[u8]) -> bool {
        let in_address = || form_urlencoded::byte_serialize(&self.wanted).collect::<String>();
        matches!(self.how, How::Plain(_)) && (self.wanted == text || in_address().as_bytes() == text)
    }

    /// Returns the bytes with which it may begin.
    pub(super) fn beginnings(&self) -> impl Iterator<Item = u8> {
        let first = self.wanted.first().copied();
        first
            .into_iter()
            .flat_map(|byte| [byte.to_ascii_lowercase(), byte.to_ascii_uppercase(), b'%', b'\\', b'&', b'='])
    }

    /// Returns the offset at which it ends if it is spelled at the beginning of `text`.
    pub(super) fn end_in(&self, text: &[u8]) -> Option<usize> {
        let first = *text.first()?;
        if !self.beginnings().any(|byte| byte == first) {
            return None;
        }
        // Every place at which a part of it may end: a sign may be read in two ways.
        let (mut ends, mut next) = (Vec::new(), Vec::new());
        step(text, 0, *self.wanted.first()?, &mut ends);
        if ends.is_empty() {
            return None;
        }
        for (index, &byte) in self.wanted.iter().enumerate().skip(1) {
            for &end in &ends {
                step(text, end, byte, &mut next);
                let further = match self.how {
                    // Only between bytes, which have two digits each.
                    How::Hex if index % 2 == 0 => after_break(text, end).max(after_joint(text, end)),
                    How::Base64 => after_space(text, after_break(text, end)),
                    How::Hex | How::Plain(_) | How::End => after_break(text, end),
                };
                if further > end {
                    step(text, further, byte, &mut next);
                }
            }
            if next.is_empty() {
                // The signs before this one were found: `index` of them.
                let is_enough = matches!(self.how, How::Plain(least) if index >= least);
                return ends.last().copied().filter(|_| is_enough);
            }
            next.sort_unstable();
            next.dedup();
            ends.clear();
            std::mem::swap(&mut ends, &mut next);
        }
        ends.last().copied()
    }
}

/// Adds the places at which a character ends that begins at `at` and is `byte`, in any case.
fn step(text: &[u8], at: usize, byte: u8, ends: &mut Vec<usize>) {
    let Some(&first) = text.get(at) else { return };
    let is_it = |read: u8| read.eq_ignore_ascii_case(&byte);
    if is_it(first) {
        ends.push(at + 1);
    }
    let rest = &text[at + 1..];
    match first {
        b'%' => {
            // Coded once more for each `25`.
            let coded = rest.chunks(2).take_while(|pair| *pair == b"25").count();
            for again in 0..=coded {
                if hex(rest.get(2 * again..2 * again + 2)).is_some_and(is_it) {
                    ends.push(at + 1 + 2 * again + 2);
                }
            }
        }
        b'\\' => {
            // Text in JSON in JSON has more of them.
            let more = rest.iter().take_while(|&&sign| sign == b'\\').count();
            let (rest, at) = (&rest[more..], at + 1 + more);
            if is_it(b'\\') {
                ends.push(at);
            }
            let Some(&sign) = rest.first() else { return };
            if is_it(sign) {
                ends.push(at + 1);
            }
            if sign == b'u' && rest.get(1..3) == Some(&b"00"[..]) && hex(rest.get(3..5)).is_some_and(is_it) {
                ends.push(at + 5);
            }
            if sign == b'x' && hex(rest.get(1..3)).is_some_and(is_it) {
                ends.push(at + 3);
            }
        }
        // Quoted-printable (RFC 2045, section 6.7).
        b'=' if hex(rest.get(..2)).is_some_and(is_it) => ends.push(at + 3),
        b'&' => {
            // Coded once more for each `amp;`.
            let coded = rest.chunks(4).take_while(|name| *name == b"amp;").count();
            for again in 0..=coded {
                let name = rest.get(4 * again..).unwrap_or_default();
                let end = at + 1 + 4 * again;
                if let Some((read, length)) = entity(name)
                    && is_it(read)
                {
                    ends.push(end + length);
                }
            }
        }
        _ => {}
    }
}

/// Reads the name of a character behind `&`, up to the semicolon. Returns the byte and the length read.
fn entity(name: &[u8]) -> Option<(u8, usize)> {
    if let Some(digits) = name.strip_prefix(b"#") {
        // Zeros may stand before the number; the bound keeps a text of many `&#` from being read again and again.
        let length = digits.iter().take(12).position(|&sign| sign == b';')?;
        let digits = std::str::from_utf8(&digits[..length]).ok()?;
        let number = match digits.strip_prefix(['x', 'X']) {
            Some(digits) => u8::from_str_radix(digits, 16),
            None => digits.parse(),
        };
        return Some((number.ok()?, 1 + length + 1));
    }
    let (name, sign) = NAMED.iter().find(|(known, _)| name.starts_with(known))?;
    Some((*sign, name.len()))
}

fn hex(pair: Option<&[u8]>) -> Option<u8> {
    let mut byte = [0];
    let pair = pair.filter(|pair| pair.len() == 2)?;
    HEXLOWER_PERMISSIVE.decode_mut(pair, &mut byte).ok().map(|_| byte[0])
}

/// Returns the offset behind line ends, and behind empty halves of characters of 16 bits.
fn after_break(text: &[u8], mut at: usize) -> usize {
    let begin = at;
    loop {
        match text.get(at..).unwrap_or_default() {
            [b'\0' | b'\r' | b'\n', ..] => at += 1,
            [b'=', b'\n', ..] | [b'=', b'\r', b'\n', ..] => at += 2,
            [b' ' | b'\t', ..] if at > begin => at += 1,
            [b'\\', b'r' | b'n', ..] => at += 2,
            _ => return at,
        }
    }
}

/// Returns the offset behind white space.
fn after_space(text: &[u8], at: usize) -> usize {
    let rest = text.get(at..).unwrap_or_default();
    at + rest.iter().take_while(|sign| sign.is_ascii_whitespace()).count()
}

/// Returns the offset at which the digits of the next byte begin.
fn after_joint(text: &[u8], at: usize) -> usize {
    let rest = text.get(at..).unwrap_or_default();
    let mut length = rest.iter().take(2).take_while(|&&sign| b" :-,".contains(&sign)).count();
    if rest[length..].starts_with(b"0x") || rest[length..].starts_with(b"\\x") {
        length += 2;
    }
    at + length
}

/// Returns the base64 digits that follow from `bytes` alone where these begin `offset` bytes after a group of three: a
/// digit at either end shares its bits with other bytes.
fn base64_middle(bytes: &[u8], offset: usize) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut padded = vec![0; offset];
    padded.extend_from_slice(bytes);
    let first = (offset * 8).div_ceil(6);
    let last = padded.len() * 8 / 6;
    let bit = |index: usize| padded[index / 8] >> (7 - index % 8) & 1;
    let digit = |index: usize| (0..6).fold(0, |value, step| value << 1 | bit(index * 6 + step));
    (first..last).map(|index| DIGITS[usize::from(digit(index))] as char).collect()
}
