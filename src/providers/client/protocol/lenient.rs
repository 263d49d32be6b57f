//! Reads the JSON of replies as it was meant: a reply that names a paid job must not be lost for
//! the way in which it was written.
//!
//! Beside JSON (RFC 8259) it takes a byte order mark, UTF-16, Latin-1 in the place of UTF-8, `NaN`
//! and infinities (null), halves of surrogate pairs (U+FFFD), raw control characters in texts, any
//! depth, and whatever follows the object. Numbers that change when they are read stay texts, as
//! they were written: a name of twenty digits is not rounded.

use serde_json::Map;
use serde_json::Number;
use serde_json::Value;

/// Passes over what lies deeper: no descriptor points there.
const DEPTH: usize = 128;

/// Returns the JSON that a body holds, if it holds any.
pub(super) fn json(body: &[u8]) -> Option<Value> {
    read(body, false)
}

/// Returns the same of a body that may break off: an object or a list then has what stands in it as a whole.
pub(super) fn json_so_far(body: &[u8]) -> Option<Value> {
    read(body, true)
}

fn read(body: &[u8], may_break_off: bool) -> Option<Value> {
    // A picture need not be looked through.
    if !body.first()?.is_ascii()
        && ![&b"\xef\xbb"[..], b"\xfe\xff", b"\xff\xfe"].iter().any(|mark| body.starts_with(mark))
    {
        return None;
    }
    let text = text(body);
    let mut reader = Reader { text: &text, at: 0, may_break_off };
    let value = reader.value(0)?;
    reader.space();
    // A page of text may begin with a number or a word: that alone is a value only if nothing follows it.
    let is_whole = matches!(value, Value::Object(_) | Value::Array(_)) || reader.rest().trim_matches('\0').is_empty();
    is_whole.then_some(value)
}

/// Returns the text of a body in whichever encoding it has.
fn text(body: &[u8]) -> String {
    let wide = |bytes: &[u8], unit: fn([u8; 2]) -> u16| {
        let units: Vec<u16> = bytes.chunks_exact(2).map(|pair| unit([pair[0], pair[1]])).collect();
        String::from_utf16_lossy(&units)
    };
    match body {
        [0xff, 0xfe, rest @ ..] => return wide(rest, u16::from_le_bytes),
        [0xfe, 0xff, rest @ ..] => return wide(rest, u16::from_be_bytes),
        _ => {}
    }
    let body = body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body);
    let mut text = String::with_capacity(body.len());
    for chunk in body.utf8_chunks() {
        text.push_str(chunk.valid());
        // Bytes that are no UTF-8 are taken for Latin-1, whose codes are those of Unicode.
        text.extend(chunk.invalid().iter().map(|&byte| char::from(byte)));
    }
    text
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
    may_break_off: bool,
}

impl<'a> Reader<'a> {
    fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn space(&mut self) {
        while self.peek().is_some_and(|byte| byte.is_ascii_whitespace()) {
            self.at += 1;
        }
    }

    /// Tells whether the text breaks off here, and may.
    fn is_broken_off(&self) -> bool {
        self.may_break_off && self.at >= self.text.len()
    }

    /// Passes over white space, and over the next byte if it is this one; tells whether it was.
    fn eat(&mut self, byte: u8) -> bool {
        self.space();
        let is_next = self.peek() == Some(byte);
        self.at += usize::from(is_next);
        is_next
    }

    fn value(&mut self, depth: usize) -> Option<Value> {
        self.space();
        match self.peek()? {
            b'{' | b'[' if depth >= DEPTH => self.skip(),
            b'{' => self.object(depth),
            b'[' => self.array(depth),
            b'"' => self.string().map(Value::String),
            _ => self.word(),
        }
    }

    fn object(&mut self, depth: usize) -> Option<Value> {
        self.at += 1;
        let mut map = Map::new();
        while !self.eat(b'}') {
            let Some((key, value)) = self.member(depth) else {
                // A member that breaks off is left out: half of a name must not be taken for a job.
                return self.is_broken_off().then_some(Value::Object(map));
            };
            map.insert(key, value);
            if !self.eat(b',') && !self.is_broken_off() && self.peek()? != b'}' {
                return None;
            }
        }
        Some(Value::Object(map))
    }

    fn member(&mut self, depth: usize) -> Option<(String, Value)> {
        self.space();
        if self.peek()? != b'"' {
            return None;
        }
        let key = self.string()?;
        if !self.eat(b':') {
            return None;
        }
        Some((key, self.value(depth + 1)?))
    }

    fn array(&mut self, depth: usize) -> Option<Value> {
        self.at += 1;
        let mut items = Vec::new();
        while !self.eat(b']') {
            let Some(item) = self.value(depth + 1) else {
                return self.is_broken_off().then_some(Value::Array(items));
            };
            items.push(item);
            if !self.eat(b',') && !self.is_broken_off() && self.peek()? != b']' {
                return None;
            }
        }
        Some(Value::Array(items))
    }

    /// Passes over a value of any depth, without recursion, and returns null for it.
    fn skip(&mut self) -> Option<Value> {
        let mut open = 0_usize;
        loop {
            match self.peek()? {
                b'"' => {
                    self.string()?;
                    continue;
                }
                b'{' | b'[' => open += 1,
                b'}' | b']' => open -= 1,
                _ => {}
            }
            self.at += 1;
            if open == 0 {
                return Some(Value::Null);
            }
        }
    }

    fn string(&mut self) -> Option<String> {
        self.at += 1;
        let mut string = String::new();
        loop {
            let rest = self.rest();
            let Some(end) = memchr::memchr2(b'"', b'\\', rest.as_bytes()) else {
                // At the end of the text, so that `is_broken_off` holds for the object around it.
                self.at = self.text.len();
                return None;
            };
            string.push_str(&rest[..end]);
            self.at += end + 1;
            if rest.as_bytes()[end] == b'"' {
                return Some(string);
            }
            string.push(self.escaped()?);
        }
    }

    fn escaped(&mut self) -> Option<char> {
        let letter = self.rest().chars().next()?;
        self.at += letter.len_utf8();
        Some(match letter {
            'b' => '\u{8}',
            'f' => '\u{c}',
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            'u' => {
                let first = self.unit()?;
                let after = self.at;
                let pair = (0xd800..0xdc00).contains(&first) && self.rest().starts_with("\\u");
                let second = pair.then(|| {
                    self.at += 2;
                    self.unit()
                });
                let both = second.flatten().filter(|second| (0xdc00..0xe000).contains(second));
                if let Some(second) = both {
                    return char::from_u32(0x1_0000 + ((first - 0xd800) << 10) + (second - 0xdc00));
                }
                self.at = after;
                char::from_u32(first).unwrap_or(char::REPLACEMENT_CHARACTER)
            }
            other => other,
        })
    }

    fn unit(&mut self) -> Option<u32> {
        if self.rest().len() < 4 && self.may_break_off {
            self.at = self.text.len();
        }
        let digits = self.rest().get(..4).filter(|digits| digits.bytes().all(|byte| byte.is_ascii_hexdigit()))?;
        self.at += 4;
        u32::from_str_radix(digits, 16).ok()
    }

    /// Reads a number, or one of the words that stand without quotes.
    fn word(&mut self) -> Option<Value> {
        let rest = self.rest();
        let is_part = |byte: u8| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte);
        let word = &rest[..rest.bytes().position(|byte| !is_part(byte)).unwrap_or(rest.len())];
        self.at += word.len();
        // What follows may be a part of it.
        if self.is_broken_off() {
            return None;
        }
        match word {
            "true" => return Some(Value::Bool(true)),
            "false" => return Some(Value::Bool(false)),
            "null" | "NaN" | "-NaN" | "Infinity" | "-Infinity" | "+Infinity" | "undefined" => return Some(Value::Null),
            _ => {}
        }
        let exact = serde_json::from_str::<Number>(word).ok().filter(|number| number.to_string() == word);
        let is_number = || word.contains(|c: char| c.is_ascii_digit()) && word.parse::<f64>().is_ok();
        exact.map(Value::Number).or_else(|| is_number().then(|| Value::from(word)))
    }
}
