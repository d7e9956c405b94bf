//! The selector language of Calico, parsed: `app == 'db' && env in {'prod','test'} && !has(x)`.
//!
//! From the language's documentation (docs.tigera.io, "Selectors"): `==`, `!=`, `in`, `not in`,
//! `has()`, `contains`, `starts with`, `ends with`, `all()`, `global()`, `!`, `&&`, `||`,
//! parentheses. `!=` and `not in` hold where the label is missing.

use super::label::{Hit, Label, LabelSelector, Requirement};

/// A parsed selector.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Expr {
    /// `all()`.
    All,
    /// `global()`: what lies in no namespace.
    Global,
    /// `has(key)`.
    Has(String),
    /// `key == 'value'`, `key in {…}`.
    In(String, Vec<String>),
    /// `key != 'value'`, `key not in {…}`.
    NotIn(String, Vec<String>),
    /// `key contains 'value'`.
    Contains(String, String),
    /// `key starts with 'value'`.
    StartsWith(String, String),
    /// `key ends with 'value'`.
    EndsWith(String, String),
    /// `!a`.
    Not(Box<Expr>),
    /// `a && b`.
    And(Vec<Expr>),
    /// `a || b`.
    Or(Vec<Expr>),
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Token {
    Word(String),
    Text(String),
    Sign(&'static str),
}

/// Signs, the longer ones first.
const SIGNS: [&str; 10] = ["==", "!=", "&&", "||", "!", "(", ")", "{", "}", ","];

/// How deep parentheses may nest: deeper text is no selector that anyone wrote.
const DEPTH: u32 = 64;

fn tokens(text: &str) -> Result<Vec<Token>, String> {
    let mut tokens = Vec::new();
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        if first == '\'' || first == '"' {
            let inner = &rest[1..];
            let end = inner.find(first).ok_or("a quote is not closed")?;
            tokens.push(Token::Text(inner[..end].to_owned()));
            rest = &inner[end + 1..];
        } else if let Some(sign) = SIGNS.iter().find(|sign| rest.starts_with(**sign)) {
            tokens.push(Token::Sign(sign));
            rest = &rest[sign.len()..];
        } else {
            let is_word = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-' | '/');
            let end = rest.find(|c| !is_word(c)).unwrap_or(rest.len());
            if end == 0 {
                return Err(format!("{first:?} is not expected"));
            }
            tokens.push(Token::Word(rest[..end].to_owned()));
            rest = &rest[end..];
        }
        rest = rest.trim_start();
    }
    Ok(tokens)
}

struct Parser {
    tokens: Vec<Token>,
    at: usize,
    depth: u32,
}

impl Parser {
    fn peek(&self) -> Option<&Token> {
        self.tokens.get(self.at)
    }

    fn sign(&mut self, sign: &str) -> bool {
        let found = matches!(self.peek(), Some(Token::Sign(s)) if *s == sign);
        self.at += usize::from(found);
        found
    }

    fn word(&mut self, word: &str) -> bool {
        let found = matches!(self.peek(), Some(Token::Word(w)) if w == word);
        self.at += usize::from(found);
        found
    }

    fn expect(&mut self, sign: &str) -> Result<(), String> {
        if self.sign(sign) { Ok(()) } else { Err(format!("{sign:?} is missing")) }
    }

    fn text(&mut self) -> Result<String, String> {
        match self.tokens.get(self.at) {
            Some(Token::Text(text)) => {
                self.at += 1;
                Ok(text.clone())
            }
            _ => Err("a quoted value is missing".into()),
        }
    }

    fn any(&mut self) -> Result<Expr, String> {
        self.depth += 1;
        if self.depth > DEPTH {
            return Err("it nests too deep".into());
        }
        let mut parts = vec![self.all()?];
        while self.sign("||") {
            parts.push(self.all()?);
        }
        self.depth -= 1;
        Ok(if parts.len() == 1 { parts.remove(0) } else { Expr::Or(parts) })
    }

    fn all(&mut self) -> Result<Expr, String> {
        let mut parts = vec![self.one()?];
        while self.sign("&&") {
            parts.push(self.one()?);
        }
        Ok(if parts.len() == 1 { parts.remove(0) } else { Expr::And(parts) })
    }

    fn one(&mut self) -> Result<Expr, String> {
        let mut negated = false;
        while self.sign("!") {
            negated = !negated;
        }
        let expr = self.atom()?;
        Ok(if negated { Expr::Not(Box::new(expr)) } else { expr })
    }

    fn atom(&mut self) -> Result<Expr, String> {
        if self.sign("(") {
            let inner = self.any()?;
            self.expect(")")?;
            return Ok(inner);
        }
        let Some(Token::Word(key)) = self.tokens.get(self.at).cloned() else {
            return Err("a label is missing".into());
        };
        self.at += 1;
        if self.sign("(") {
            let argument = match self.tokens.get(self.at).cloned() {
                Some(Token::Word(word)) => {
                    self.at += 1;
                    Some(word)
                }
                _ => None,
            };
            self.expect(")")?;
            return match (key.as_str(), argument) {
                ("all", None) => Ok(Expr::All),
                ("global", None) => Ok(Expr::Global),
                ("has", Some(label)) => Ok(Expr::Has(label)),
                _ => Err(format!("there is no function {key:?}")),
            };
        }
        if self.sign("==") {
            return Ok(Expr::In(key, vec![self.text()?]));
        }
        if self.sign("!=") {
            return Ok(Expr::NotIn(key, vec![self.text()?]));
        }
        if self.word("contains") {
            return Ok(Expr::Contains(key, self.text()?));
        }
        for (word, make) in [("starts", Expr::StartsWith as fn(String, String) -> Expr), ("ends", Expr::EndsWith)] {
            if self.word(word) {
                return if self.word("with") { Ok(make(key, self.text()?)) } else { Err("\"with\" is missing".into()) };
            }
        }
        let negated = self.word("not");
        if !self.word("in") {
            return Err(format!("an operator is missing after {key:?}"));
        }
        self.expect("{")?;
        let mut values = Vec::new();
        while !self.sign("}") {
            values.push(self.text()?);
            if !self.sign(",") {
                self.expect("}")?;
                break;
            }
        }
        Ok(if negated { Expr::NotIn(key, values) } else { Expr::In(key, values) })
    }
}

impl Expr {
    /// Reads a selector; empty text is `all()`.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut parser = Parser { tokens: tokens(text)?, at: 0, depth: 0 };
        if parser.tokens.is_empty() {
            return Ok(Self::All);
        }
        let expr = parser.any()?;
        if parser.at < parser.tokens.len() {
            return Err("there is more text after its end".into());
        }
        Ok(expr)
    }

    /// Whether it holds where `label` tells the labels.
    pub fn hit<'a>(&self, label: &dyn Fn(&str) -> Label<'a>) -> Hit {
        let test = |key: &str, missing: bool, holds: &dyn Fn(&str) -> bool| match label(key) {
            Label::Is(found) => Hit::of(holds(found)),
            Label::Missing => Hit::of(missing),
            Label::Varies => Hit::Partly,
        };
        match self {
            Self::All => Hit::Yes,
            // Whatever is asked about here lies in a namespace.
            Self::Global => Hit::No,
            Self::Has(key) => test(key, false, &|_| true),
            Self::In(key, values) => test(key, false, &|found| values.iter().any(|v| v == found)),
            Self::NotIn(key, values) => test(key, true, &|found| values.iter().all(|v| v != found)),
            Self::Contains(key, part) => test(key, false, &|found| found.contains(part.as_str())),
            Self::StartsWith(key, part) => test(key, false, &|found| found.starts_with(part.as_str())),
            Self::EndsWith(key, part) => test(key, false, &|found| found.ends_with(part.as_str())),
            Self::Not(inner) => !inner.hit(label),
            Self::And(parts) => parts.iter().fold(Hit::Yes, |hit, part| hit.and(part.hit(label))),
            Self::Or(parts) => parts.iter().fold(Hit::No, |hit, part| hit.or(part.hit(label))),
        }
    }

    /// The same as a label selector, where one can say it.
    #[must_use]
    pub fn as_labels(&self) -> Option<LabelSelector> {
        let one = |key: &String, operator: &str, values: &[String]| {
            Some(LabelSelector {
                match_expressions: vec![Requirement {
                    key: key.clone(),
                    operator: operator.into(),
                    values: values.to_vec(),
                }],
                ..LabelSelector::default()
            })
        };
        match self {
            Self::All => Some(LabelSelector::default()),
            Self::Has(key) => one(key, "Exists", &[]),
            Self::In(key, values) => one(key, "In", values),
            Self::NotIn(key, values) => one(key, "NotIn", values),
            Self::Not(inner) => match &**inner {
                Self::Has(key) => one(key, "DoesNotExist", &[]),
                Self::In(key, values) => one(key, "NotIn", values),
                _ => None,
            },
            Self::And(parts) => {
                let mut whole = LabelSelector::default();
                for part in parts {
                    whole.match_expressions.extend(part.as_labels()?.match_expressions);
                }
                Some(whole)
            }
            _ => None,
        }
    }

    /// Every key that it reads.
    #[must_use]
    pub fn keys(&self) -> Vec<String> {
        match self {
            Self::All | Self::Global => Vec::new(),
            Self::Has(key) | Self::In(key, _) | Self::NotIn(key, _) => vec![key.clone()],
            Self::Contains(key, _) | Self::StartsWith(key, _) | Self::EndsWith(key, _) => vec![key.clone()],
            Self::Not(inner) => inner.keys(),
            Self::And(parts) | Self::Or(parts) => parts.iter().flat_map(Self::keys).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn holds(text: &str, labels: &[(&str, &str)]) -> Hit {
        let find = |key: &str| labels.iter().find(|(k, _)| *k == key).map_or(Label::Missing, |(_, v)| Label::Is(v));
        Expr::parse(text).unwrap().hit(&find)
    }

    #[test]
    fn every_operator_means_what_its_documentation_says() {
        let db = [("app", "db"), ("env", "prod"), ("projectcalico.org/namespace", "pay")];
        for (text, hit) in [
            ("all()", Hit::Yes),
            ("", Hit::Yes),
            ("app == 'db'", Hit::Yes),
            ("app == \"web\"", Hit::No),
            ("app != 'web'", Hit::Yes),
            ("tier != 'web'", Hit::Yes),
            ("tier == 'web'", Hit::No),
            ("app in {'db', 'web'}", Hit::Yes),
            ("app not in {'db'}", Hit::No),
            ("tier not in {'x'}", Hit::Yes),
            ("has(env)", Hit::Yes),
            ("!has(env)", Hit::No),
            ("!has(tier) && app == 'db'", Hit::Yes),
            ("app contains 'd'", Hit::Yes),
            ("env starts with 'pr'", Hit::Yes),
            ("env ends with 'test'", Hit::No),
            ("app == 'x' || (env == 'prod' && has(app))", Hit::Yes),
            ("projectcalico.org/namespace == 'pay'", Hit::Yes),
            ("global()", Hit::No),
            ("!(app == 'db' || app == 'web')", Hit::No),
        ] {
            assert_eq!(holds(text, &db), hit, "{text}");
        }
    }

    #[test]
    fn broken_text_is_refused_and_never_guessed() {
        for text in
            ["app = 'db'", "app == db", "has(", "app in {'a'", "(app == 'a'", "app == 'a' b", "nope(a)", "app == 'a"]
        {
            assert!(Expr::parse(text).is_err(), "{text}");
        }
        assert!(Expr::parse(&"(".repeat(10_000)).is_err());
        assert!(Expr::parse(&format!("{}all()", "!".repeat(10_000))).is_ok());
    }

    #[test]
    fn conjunctions_become_label_selectors() {
        let labels = Expr::parse("app == 'db' && !has(x) && env not in {'a','b'}").unwrap().as_labels().unwrap();
        assert_eq!(labels.match_expressions.len(), 3);
        assert!(Expr::parse("a == 'x' || b == 'y'").unwrap().as_labels().is_none());
    }
}
