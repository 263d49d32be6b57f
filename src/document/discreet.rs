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

/// The same for one word.
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
