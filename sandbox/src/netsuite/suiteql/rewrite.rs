//! SuiteQL to SQLite's dialect. What NetSuite would not understand is refused here, because SQLite
//! might.

use super::tokens::{Token, split};

/// Functions that SuiteQL offers and the sandbox has.
const FUNCTIONS: &[&str] = &[
    "ABS",
    "AVG",
    "CAST",
    "CEIL",
    "COALESCE",
    "CONCAT",
    "COUNT",
    "DECODE",
    "FLOOR",
    "INSTR",
    "LENGTH",
    "LOWER",
    "LTRIM",
    "MAX",
    "MIN",
    "MOD",
    "NULLIF",
    "NVL",
    "NVL2",
    "REPLACE",
    "ROUND",
    "ROW_NUMBER",
    "RTRIM",
    "SUBSTR",
    "SUM",
    "TO_CHAR",
    "TO_DATE",
    "TO_NUMBER",
    "TO_TIMESTAMP",
    "TRIM",
    "TRUNC",
    "UPPER",
];

/// Keywords that may stand before a parenthesis.
const BEFORE_PARENTHESIS: &[&str] = &[
    "SELECT",
    "FROM",
    "JOIN",
    "WHERE",
    "AND",
    "OR",
    "NOT",
    "IN",
    "EXISTS",
    "ON",
    "AS",
    "WHEN",
    "THEN",
    "ELSE",
    "CASE",
    "BY",
    "HAVING",
    "OVER",
    "UNION",
    "ALL",
    "ANY",
    "BETWEEN",
    "LIKE",
    "DISTINCT",
    "MINUS",
    "INTERSECT",
    "USING",
    "IS",
];

/// SQLite's words that are no SuiteQL.
const FOREIGN: &[&str] =
    &["LIMIT", "GLOB", "REGEXP", "MATCH", "PRAGMA", "ATTACH", "ROWID", "OID", "RETURNING", "VALUES"];

/// Columns that hold dates, so that texts compared with them are read as dates.
const DATES: &[&str] = &[
    "trandate",
    "createddate",
    "lastmodifieddate",
    "linelastmodifieddate",
    "datecreated",
    "shipdate",
    "duedate",
    "expectedreceiptdate",
    "effectivedate",
    "obsoletedate",
    "effectivestartdate",
    "effectiveenddate",
];

/// What `BUILTIN.DF` shows for a column: the table and column of the name.
const NAMES: &[(&str, &str, &str)] = &[
    ("entity", "customer", "altname"),
    ("customer", "customer", "altname"),
    ("item", "item", "itemid"),
    ("parentitem", "item", "itemid"),
    ("assembly", "item", "itemid"),
    ("billofmaterials", "bom", "name"),
    ("subsidiary", "subsidiary", "name"),
    ("currency", "currency", "name"),
    ("location", "location", "name"),
    ("class", "classification", "name"),
    ("department", "department", "name"),
    ("transaction", "\"transaction\"", "tranid"),
    ("createdfrom", "\"transaction\"", "tranid"),
];

/// Rewrites a statement; the error is what to tell the caller.
pub(super) fn rewrite(sql: &str) -> Result<String, String> {
    let tokens = split(sql)?;
    match tokens.first() {
        Some(first) if first.is("SELECT") || first.is("WITH") => {}
        Some(Token::Symbol("(")) if tokens.get(1).is_some_and(|token| token.is("SELECT")) => {}
        _ => return Err("Only SELECT statements are supported".to_owned()),
    }
    let mut rewriter = Rewriter { tokens: &tokens, at: 0, sql: String::with_capacity(sql.len() + 64) };
    rewriter.all()?;
    Ok(rewriter.sql)
}

struct Rewriter<'a> {
    tokens: &'a [Token],
    at: usize,
    sql: String,
}

impl<'a> Rewriter<'a> {
    fn all(&mut self) -> Result<(), String> {
        while self.at < self.tokens.len() {
            self.one()?;
        }
        Ok(())
    }

    fn peek(&self, ahead: usize) -> Option<&'a Token> {
        self.tokens.get(self.at + ahead)
    }

    fn previous(&self) -> Option<&'a Token> {
        self.at.checked_sub(1).and_then(|at| self.tokens.get(at))
    }

    fn push(&mut self, text: &str) {
        self.sql.push_str(text);
        self.sql.push(' ');
    }

    fn one(&mut self) -> Result<(), String> {
        let Some(token) = self.peek(0) else {
            return Ok(());
        };
        match token {
            Token::Word(word) => return self.word(word),
            Token::Quoted(name) => {
                self.name_is_free(name)?;
                self.push(&format!("\"{name}\""));
            }
            Token::Text(text) if self.compares_a_date() => {
                self.push(&format!("account_date({text})"));
            }
            Token::Parameter if self.compares_a_date() => self.push("account_date(?)"),
            Token::Text(text) | Token::Number(text) => self.push(text),
            Token::Parameter => self.push("?"),
            // A parenthesised member of a UNION is a subquery to SQLite.
            Token::Symbol("(") if self.opens_a_member() => self.push("SELECT * FROM ("),
            Token::Symbol(symbol) => self.push(symbol),
        }
        self.at += 1;
        Ok(())
    }

    fn opens_a_member(&self) -> bool {
        let before = match self.previous() {
            None => true,
            Some(token) => ["UNION", "ALL", "MINUS", "INTERSECT"].iter().any(|keyword| token.is(keyword)),
        };
        before && self.peek(1).is_some_and(|token| token.is("SELECT"))
    }

    /// Whether the operator before this value has a date column on its left.
    fn compares_a_date(&self) -> bool {
        let compares = self.previous().is_some_and(|token| {
            ["=", "<", ">", "<=", ">=", "<>", "!="].iter().any(|symbol| token.symbol(symbol)) || token.is("BETWEEN")
        });
        let column = self.at.checked_sub(2).and_then(|at| self.tokens.get(at));
        compares
            && matches!(column, Some(Token::Word(name))
                if DATES.contains(&name.to_lowercase().as_str()))
    }

    fn name_is_free(&self, name: &str) -> Result<(), String> {
        let lower = name.to_lowercase();
        if lower.starts_with('_') || lower.starts_with("sqlite") || lower.starts_with("json_") {
            return Err(format!("Search error occurred: Unknown identifier '{name}'"));
        }
        Ok(())
    }

    fn word(&mut self, word: &str) -> Result<(), String> {
        self.name_is_free(word)?;
        let upper = word.to_uppercase();
        let qualified = self.previous().is_some_and(|token| token.symbol("."));
        let calls = self.peek(1).is_some_and(|token| token.symbol("("));
        if FOREIGN.contains(&upper.as_str()) {
            return Err(format!("Search error occurred: Invalid or unsupported search, near '{word}'"));
        }
        match upper.as_str() {
            "TRANSACTION" => self.push("\"transaction\""),
            "MINUS" => self.push("EXCEPT"),
            "SYSDATE" | "CURRENT_DATE" if !qualified => self.today(&upper)?,
            "DATE" if matches!(self.peek(1), Some(Token::Text(_))) => {
                if let Some(Token::Text(text)) = self.peek(1) {
                    self.push(&format!("to_date({text}, 'YYYY-MM-DD')"));
                }
                self.at += 1;
            }
            "BUILTIN" if self.peek(1).is_some_and(|token| token.symbol(".")) => {
                return self.builtin();
            }
            "FETCH" => return self.fetch(None),
            "OFFSET" => return self.offset(),
            _ if calls && !qualified => {
                let known = FUNCTIONS.contains(&upper.as_str()) || BEFORE_PARENTHESIS.contains(&upper.as_str());
                // `WITH name (columns) AS` is the one place for another word.
                let defines = self.previous().is_some_and(|token| token.is("WITH"));
                if !known && !defines {
                    return Err(format!("Search error occurred: Invalid or unsupported function '{word}'"));
                }
                self.push(word);
            }
            _ => self.push(word),
        }
        self.at += 1;
        Ok(())
    }

    fn today(&mut self, name: &str) -> Result<(), String> {
        let neighbour = [self.peek(1), self.previous()];
        let calculates = neighbour.iter().flatten().any(|token| token.symbol("+") || token.symbol("-"));
        if calculates {
            return Err(format!("Search error occurred: arithmetic with {name} is not supported here, pass the date"));
        }
        self.push(if name == "SYSDATE" { "account_now()" } else { "trunc(account_now())" });
        Ok(())
    }

    /// `BUILTIN.DF(alias.column)` is the name that people see.
    fn builtin(&mut self) -> Result<(), String> {
        let is_df =
            self.peek(2).is_some_and(|token| token.is("DF")) && self.peek(3).is_some_and(|token| token.symbol("("));
        if !is_df {
            return Err("Search error occurred: Unknown function of BUILTIN".to_owned());
        }
        let start = self.at + 4;
        let length = self
            .tokens
            .iter()
            .skip(start)
            .position(|token| token.symbol(")"))
            .ok_or("Search error occurred: BUILTIN.DF is not closed")?;
        let inner = self.tokens.get(start..start + length).unwrap_or_default();
        let mut argument = Rewriter { tokens: inner, at: 0, sql: String::new() };
        argument.all()?;
        let argument = argument.sql;
        let column = match inner.last() {
            Some(Token::Word(name)) => name.to_lowercase(),
            _ => String::new(),
        };
        match (NAMES.iter().find(|(name, ..)| *name == column), column.as_str()) {
            (Some((_, table, shown)), _) => {
                self.push(&format!("(SELECT df.{shown} FROM {table} df WHERE df.id = {argument})"));
            }
            (None, "type") => self.push(&format!("df_type({argument})")),
            // A letter has a name only together with the type, which stands beside it.
            (None, "status") => {
                let beside = argument.trim_end();
                let beside = &beside[..beside.len() - column.len()];
                self.push(&format!("df_status({argument}, {beside}type)"));
            }
            (None, _) => self.push(&format!("({argument})")),
        }
        self.at = start + length + 1;
        Ok(())
    }

    /// `OFFSET n ROWS [FETCH …]`.
    fn offset(&mut self) -> Result<(), String> {
        let (Some(Token::Number(skip)), Some(rows)) = (self.peek(1), self.peek(2)) else {
            return Err("Search error occurred: OFFSET needs a number of ROWS".to_owned());
        };
        if !rows.is("ROWS") && !rows.is("ROW") {
            return Err("Search error occurred: OFFSET needs a number of ROWS".to_owned());
        }
        let skip = skip.clone();
        self.at += 3;
        if self.peek(0).is_some_and(|token| token.is("FETCH")) {
            return self.fetch(Some(&skip));
        }
        self.push(&format!("LIMIT -1 OFFSET {skip}"));
        Ok(())
    }

    /// `FETCH FIRST n ROWS ONLY`.
    fn fetch(&mut self, skip: Option<&str>) -> Result<(), String> {
        let shape = [self.peek(1), self.peek(2), self.peek(3), self.peek(4)];
        let [Some(first), Some(Token::Number(count)), Some(rows), Some(only)] = shape else {
            return Err("Search error occurred: expected FETCH FIRST n ROWS ONLY".to_owned());
        };
        let fits = (first.is("FIRST") || first.is("NEXT")) && (rows.is("ROWS") || rows.is("ROW")) && only.is("ONLY");
        if !fits {
            return Err("Search error occurred: expected FETCH FIRST n ROWS ONLY".to_owned());
        }
        match skip {
            Some(skip) => self.push(&format!("LIMIT {count} OFFSET {skip}")),
            None => self.push(&format!("LIMIT {count}")),
        }
        self.at += 5;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn oracle_spellings_become_sqlite() {
        let cases = [
            ("SELECT id FROM transaction FETCH FIRST 5 ROWS ONLY", "SELECT id FROM \"transaction\" LIMIT 5 "),
            ("SELECT id FROM item OFFSET 10 ROWS FETCH NEXT 5 ROWS ONLY", "SELECT id FROM item LIMIT 5 OFFSET 10 "),
            (
                "select t.id from transaction t where t.trandate >= ?",
                "select t . id from \"transaction\" t where t . trandate >= account_date(?) ",
            ),
            (
                "(SELECT 1 FROM item FETCH FIRST 1 ROWS ONLY) UNION ALL (SELECT 2 FROM item)",
                "SELECT * FROM ( SELECT 1 FROM item LIMIT 1 ) UNION ALL SELECT * FROM ( SELECT 2 FROM item ) ",
            ),
            (
                "SELECT BUILTIN.DF(t.entity) FROM transaction t",
                "SELECT (SELECT df.altname FROM customer df WHERE df.id = t . entity ) FROM \"transaction\" t ",
            ),
        ];
        for (given, wanted) in cases {
            assert_eq!(rewrite(given).unwrap(), wanted);
        }
    }

    #[test]
    fn what_netsuite_would_not_understand_is_refused() {
        for sql in [
            "",
            "DELETE FROM customer",
            "SELECT id FROM customer LIMIT 5",
            "SELECT json_extract(body, '$') FROM _document",
            "SELECT * FROM sqlite_master",
            "SELECT * FROM \"_document\"",
            "SELECT group_concat(id) FROM customer",
            "SELECT id FROM customer; DELETE FROM customer",
            "SELECT id FROM customer FETCH 5",
            "SELECT BUILTIN.RELATIVE(id) FROM customer",
            "SELECT id FROM customer WHERE datecreated > SYSDATE - 1",
        ] {
            assert!(rewrite(sql).is_err(), "{sql}");
        }
    }
}
