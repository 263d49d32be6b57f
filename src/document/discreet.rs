//! Addresses without the secrets that may stand in them.

/// Returns the text with a star for each character of a name and password, or of a value of a query, in
/// the addresses in it. Expressions in `{{ }}` are left.
#[must_use]
pub(crate) fn discreet(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    let mut begin = 0;
    for (at, sign) in text.char_indices().filter(|(_, sign)| ends_word(*sign)) {
        safe.push_str(&hidden(&text[begin..at]));
        safe.push(sign);
        begin = at + sign.len_utf8();
    }
    safe + &hidden(&text[begin..])
}

fn ends_word(sign: char) -> bool {
    sign.is_whitespace() || matches!(sign, '\'' | '"' | '`' | '<' | '>')
}

/// Returns the same for one word.
fn hidden(word: &str) -> String {
    let scheme = word.find("://").map(|at| at + "://".len());
    let begin = scheme.unwrap_or(0);
    // A password may hold any sign, written as it should be or not.
    let login = word.rfind('@').filter(|&at| at >= begin && (scheme.is_some() || word[..at].contains(':')));
    let host = login.unwrap_or(begin);
    let mut safe = format!("{}{}", &word[..begin], stars(&word[begin..host]));
    let query = word[host..].find(['?', '#']).filter(|_| scheme.is_some());
    let Some(query) = query.map(|at| host + at + 1) else { return safe + &word[host..] };
    safe.push_str(&word[host..query]);
    for (nth, pair) in word[query..].split('&').enumerate() {
        let (name, value) = pair.split_once('=').map_or(("", pair), |(name, value)| (&pair[..=name.len()], value));
        safe.push_str(if nth > 0 { "&" } else { "" });
        safe.push_str(name);
        safe.push_str(&stars(value));
    }
    safe
}

fn stars(text: &str) -> String {
    if text.contains("{{") { text.to_owned() } else { "*".repeat(text.chars().count()) }
}

/// Keys whose addresses may have a secret in their path.
const WITH_SECRETS: [&str; 2] = ["webhook", "endpoint"];

/// Returns a line with a star for each character of the path of an address that stands behind such a key, be it
/// in the line above.
pub(super) fn without_paths(line: &str, above: &str) -> String {
    let above = above.trim_end().trim_end_matches([':', '>', '|', '-', ' ', '"', '\'']);
    let is_above = WITH_SECRETS.iter().any(|key| above.ends_with(key));
    let behind = WITH_SECRETS.iter().filter_map(|key| line.find(key).map(|at| at + key.len())).min();
    let from = if is_above { Some(0) } else { behind };
    let Some(from) = from else { return line.to_owned() };
    let mut safe = line[..from].to_owned();
    for word in line[from..].split_inclusive(ends_word) {
        let Some(host) = word.find("://").map(|at| at + "://".len()) else {
            safe.push_str(word);
            continue;
        };
        let path = word[host..].find('/').map_or(word.len(), |at| host + at + 1);
        let end = word.trim_end_matches(|sign| ends_word(sign) || matches!(sign, ',' | ']' | '}')).len().max(path);
        safe.push_str(&format!("{}{}{}", &word[..path], stars(&word[path..end]), &word[end..]));
    }
    safe
}
