//! SuiteQL split into tokens, as far as rewriting needs it.

/// One token. Blanks and comments are gone.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Token {
    /// A keyword or a plain identifier.
    Word(String),
    /// `"identifier"`, without its quotes.
    Quoted(String),
    /// `'text'`, with its quotes.
    Text(String),
    Number(String),
    /// `?`.
    Parameter,
    /// An operator or punctuation.
    Symbol(&'static str),
}

const SYMBOLS: &[&str] = &["<=", ">=", "<>", "!=", "||", "(", ")", ",", ".", "=", "<", ">", "+", "-", "*", "/"];

impl Token {
    /// Whether it is this keyword, in any case.
    pub(super) fn is(&self, keyword: &str) -> bool {
        matches!(self, Token::Word(word) if word.eq_ignore_ascii_case(keyword))
    }

    /// Whether it is this symbol.
    pub(super) fn symbol(&self, symbol: &str) -> bool {
        matches!(self, Token::Symbol(own) if *own == symbol)
    }
}

/// Splits a statement; the error is what to tell the caller.
pub(super) fn split(sql: &str) -> Result<Vec<Token>, String> {
    let mut tokens = Vec::new();
    let mut rest = sql.trim_start();
    while let Some(first) = rest.chars().next() {
        if let Some(comment) = rest.strip_prefix("--") {
            rest = comment.split_once('\n').map_or("", |(_, tail)| tail);
        } else if let Some(comment) = rest.strip_prefix("/*") {
            let (_, tail) = comment.split_once("*/").ok_or("a comment is not closed")?;
            rest = tail;
        } else if first == '\'' {
            let length = text_length(rest).ok_or("a text is not closed")?;
            tokens.push(Token::Text(rest[..length].to_owned()));
            rest = &rest[length..];
        } else if first == '"' {
            let (name, tail) = rest[1..].split_once('"').ok_or("a quoted name is not closed")?;
            tokens.push(Token::Quoted(name.to_owned()));
            rest = tail;
        } else if first == '?' {
            tokens.push(Token::Parameter);
            rest = &rest[1..];
        } else if first.is_ascii_digit() {
            let length = length_while(rest, |c| c.is_ascii_digit() || c == '.');
            tokens.push(Token::Number(rest[..length].to_owned()));
            rest = &rest[length..];
        } else if first.is_alphabetic() || first == '_' {
            let length = length_while(rest, |c| c.is_alphanumeric() || c == '_' || c == '$');
            tokens.push(Token::Word(rest[..length].to_owned()));
            rest = &rest[length..];
        } else {
            let symbol = SYMBOLS
                .iter()
                .find(|symbol| rest.starts_with(**symbol))
                .ok_or_else(|| format!("unexpected character '{first}'"))?;
            tokens.push(Token::Symbol(symbol));
            rest = &rest[symbol.len()..];
        }
        rest = rest.trim_start();
    }
    Ok(tokens)
}

/// The length of a quoted text at the start; `''` is a quote within it.
fn text_length(rest: &str) -> Option<usize> {
    let mut at = 1;
    loop {
        at += rest[at..].find('\'')? + 1;
        if !rest[at..].starts_with('\'') {
            return Some(at);
        }
        at += 1;
    }
}

fn length_while(rest: &str, accept: impl Fn(char) -> bool) -> usize {
    rest.find(|c| !accept(c)).unwrap_or(rest.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_comments_and_names_are_told_apart() {
        let tokens = split("SELECT t.id, 'it''s' AS \"Name\" -- note\nFROM x /* y */ WHERE a<>?");
        let tokens = tokens.unwrap();
        assert!(tokens.contains(&Token::Text("'it''s'".into())));
        assert!(tokens.contains(&Token::Quoted("Name".into())));
        assert!(tokens.contains(&Token::Symbol("<>")));
        assert!(!tokens.iter().any(|token| token.is("note") || token.is("y")));
        assert_eq!(tokens.last(), Some(&Token::Parameter));
    }

    #[test]
    fn open_ends_and_foreign_characters_are_errors() {
        for sql in ["'open", "\"open", "/* open", "a ; b", "a[1]", "`a`", "a == b ' "] {
            assert!(split(sql).is_err(), "{sql}");
        }
    }
}
