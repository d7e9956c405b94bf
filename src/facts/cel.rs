//! Expressions of CEL, parsed: what admission policies of Kubernetes are written in.
//!
//! Nothing is evaluated here. Who reads the tree knows a few shapes; whatever else there is stays a
//! shape that nobody knows.

/// How deep parentheses may nest: deeper text is nothing that anyone wrote.
const DEPTH: u32 = 64;

/// A parsed expression.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Expr {
    /// A string.
    Text(String),
    /// `true` or `false`.
    Bool(bool),
    /// A whole number that is not negative.
    Number(u64),
    /// Other numbers, bytes, null, maps.
    Other,
    /// A variable.
    Name(String),
    /// `[a, b]`.
    List(Vec<Expr>),
    /// `a.b` and `a.?b`.
    Field(Box<Expr>, String),
    /// `a[b]`.
    At(Box<Expr>, Box<Expr>),
    /// `f(a)` and `a.f(b)`, macros among them.
    Call(Option<Box<Expr>>, String, Vec<Expr>),
    /// `!a`.
    Not(Box<Expr>),
    /// `a && b`.
    And(Vec<Expr>),
    /// `a || b`.
    Or(Vec<Expr>),
    /// `a ? b : c`.
    If(Box<Expr>, Box<Expr>, Box<Expr>),
    /// `a == b`, `a in b`, `a + b`.
    Op(&'static str, Box<Expr>, Box<Expr>),
}

impl Expr {
    /// A chain of fields as it is written: `object.spec.containers`.
    #[must_use]
    pub fn path(&self) -> Option<String> {
        match self {
            Self::Name(name) => Some(name.clone()),
            Self::Field(of, name) => Some(format!("{}.{name}", of.path()?)),
            _ => None,
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Token {
    Word(String),
    Text(String),
    Number(u64),
    Other,
    Sign(&'static str),
}

/// Signs, the longer ones first.
const SIGNS: [&str; 26] = [
    "==", "!=", "<=", ">=", "&&", "||", "<", ">", "!", "(", ")", "[", "]", "{", "}", ",", ".", "?", ":", "+", "-", "*",
    "/", "%", "=", ";",
];

/// Reads an expression.
///
/// # Errors
/// Says what is wrong with it.
pub fn parse(text: &str) -> Result<Expr, String> {
    let mut parser = Parser { tokens: tokens(text)?, at: 0, depth: 0 };
    let expr = parser.expr()?;
    if parser.at < parser.tokens.len() { Err("something follows its end".into()) } else { Ok(expr) }
}

fn tokens(text: &str) -> Result<Vec<Token>, String> {
    let mut tokens = Vec::new();
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        if let Some((token, after)) = quoted(rest)? {
            tokens.push(token);
            rest = after;
        } else if rest.starts_with("//") {
            rest = rest.split_once('\n').map_or("", |(_, after)| after);
        } else if first.is_ascii_digit() {
            let end = rest.find(|c: char| !(c.is_ascii_alphanumeric() || c == '.')).unwrap_or(rest.len());
            let whole = rest.get(..end).and_then(|digits| digits.parse().ok());
            tokens.push(whole.map_or(Token::Other, Token::Number));
            rest = rest.get(end..).unwrap_or_default();
        } else if first.is_ascii_alphabetic() || first == '_' {
            let end = rest.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).unwrap_or(rest.len());
            tokens.push(Token::Word(rest.get(..end).unwrap_or_default().to_owned()));
            rest = rest.get(end..).unwrap_or_default();
        } else {
            let sign = SIGNS.iter().find(|sign| rest.starts_with(**sign));
            let sign = sign.ok_or_else(|| format!("{first:?} is not expected"))?;
            tokens.push(Token::Sign(sign));
            rest = rest.strip_prefix(sign).unwrap_or_default();
        }
        rest = rest.trim_start();
    }
    Ok(tokens)
}

/// A string at the beginning of a text, with what follows it.
fn quoted(text: &str) -> Result<Option<(Token, &str)>, String> {
    let at = text.find(['\'', '"']).filter(|at| *at <= 2);
    let Some((prefix, body)) = at.and_then(|at| text.split_at_checked(at)) else { return Ok(None) };
    let prefix = prefix.to_ascii_lowercase();
    if !matches!(prefix.as_str(), "" | "r" | "b" | "rb" | "br") {
        return Ok(None);
    }
    let (raw, bytes) = (prefix.contains('r'), prefix.contains('b'));
    let mark = ["'''", "\"\"\"", "'", "\""].into_iter().find(|mark| body.starts_with(mark)).unwrap_or("'");
    let mut rest = body.strip_prefix(mark).unwrap_or_default();
    let mut held = String::new();
    loop {
        if let Some(after) = rest.strip_prefix(mark) {
            return Ok(Some((if bytes { Token::Other } else { Token::Text(held) }, after)));
        }
        let mut chars = rest.chars();
        match chars.next() {
            None => return Err("a quote is not closed".into()),
            Some('\\') if !raw => match chars.next() {
                Some('n') => held.push('\n'),
                Some('t') => held.push('\t'),
                Some(c) if matches!(c, '\\' | '\'' | '"' | '`' | '?') => held.push(c),
                _ => return Err("an escape that is not read".into()),
            },
            Some(c) => held.push(c),
        }
        rest = chars.as_str();
    }
}

struct Parser {
    tokens: Vec<Token>,
    at: usize,
    depth: u32,
}

impl Parser {
    fn sign(&mut self, sign: &str) -> bool {
        let found = matches!(self.tokens.get(self.at), Some(Token::Sign(s)) if *s == sign);
        self.at += usize::from(found);
        found
    }

    fn expect(&mut self, sign: &str) -> Result<(), String> {
        if self.sign(sign) { Ok(()) } else { Err(format!("{sign:?} is missing")) }
    }

    fn word(&mut self) -> Option<String> {
        let Some(Token::Word(word)) = self.tokens.get(self.at) else { return None };
        let word = word.clone();
        self.at += 1;
        Some(word)
    }

    fn expr(&mut self) -> Result<Expr, String> {
        self.depth += 1;
        if self.depth > DEPTH {
            return Err("it nests too deep".into());
        }
        let asked = self.or()?;
        let whole = if self.sign("?") {
            let yes = self.expr()?;
            self.expect(":")?;
            Expr::If(Box::new(asked), Box::new(yes), Box::new(self.expr()?))
        } else {
            asked
        };
        self.depth -= 1;
        Ok(whole)
    }

    fn or(&mut self) -> Result<Expr, String> {
        let first = self.and()?;
        let mut parts = vec![first];
        while self.sign("||") {
            parts.push(self.and()?);
        }
        Ok(one_or(parts, Expr::Or))
    }

    fn and(&mut self) -> Result<Expr, String> {
        let mut parts = vec![self.relation()?];
        while self.sign("&&") {
            parts.push(self.relation()?);
        }
        Ok(one_or(parts, Expr::And))
    }

    fn relation(&mut self) -> Result<Expr, String> {
        let mut left = self.sum()?;
        loop {
            let sign = ["==", "!=", "<=", ">=", "<", ">"].into_iter().find(|sign| self.sign(sign));
            let is_in = sign.is_none() && matches!(self.tokens.get(self.at), Some(Token::Word(w)) if w == "in");
            self.at += usize::from(is_in);
            let Some(op) = sign.or(is_in.then_some("in")) else { return Ok(left) };
            left = Expr::Op(op, Box::new(left), Box::new(self.sum()?));
        }
    }

    fn sum(&mut self) -> Result<Expr, String> {
        let mut left = self.unary()?;
        while let Some(op) = ["+", "-", "*", "/", "%"].into_iter().find(|sign| self.sign(sign)) {
            left = Expr::Op(op, Box::new(left), Box::new(self.unary()?));
        }
        Ok(left)
    }

    fn unary(&mut self) -> Result<Expr, String> {
        let mut nots = 0_u32;
        while self.sign("!") {
            nots += 1;
            if nots > DEPTH {
                return Err("it nests too deep".into());
            }
        }
        if self.sign("-") {
            self.member()?;
            return Ok(Expr::Other);
        }
        let mut inner = self.member()?;
        for _ in 0..nots {
            inner = Expr::Not(Box::new(inner));
        }
        Ok(inner)
    }

    fn member(&mut self) -> Result<Expr, String> {
        let mut of = self.primary()?;
        loop {
            if self.sign(".") {
                self.sign("?");
                let name = self.word().ok_or("a name is missing")?;
                of = if self.sign("(") {
                    Expr::Call(Some(Box::new(of)), name, self.list(")")?)
                } else {
                    Expr::Field(Box::new(of), name)
                };
            } else if self.sign("[") {
                self.sign("?");
                of = Expr::At(Box::new(of), Box::new(self.expr()?));
                self.expect("]")?;
            } else {
                return Ok(of);
            }
        }
    }

    fn primary(&mut self) -> Result<Expr, String> {
        if self.sign("(") {
            let inner = self.expr()?;
            self.expect(")")?;
            return Ok(inner);
        }
        if self.sign("[") {
            return Ok(Expr::List(self.list("]")?));
        }
        if self.sign("{") {
            while !self.sign("}") {
                self.expr()?;
                self.expect(":")?;
                self.expr()?;
                self.sign(",");
            }
            return Ok(Expr::Other);
        }
        if let Some(word) = self.word() {
            return Ok(match word.as_str() {
                "true" => Expr::Bool(true),
                "false" => Expr::Bool(false),
                "null" => Expr::Other,
                _ if self.sign("(") => Expr::Call(None, word, self.list(")")?),
                _ => Expr::Name(word),
            });
        }
        let token = self.tokens.get(self.at).cloned();
        self.at += 1;
        match token {
            Some(Token::Text(text)) => Ok(Expr::Text(text)),
            Some(Token::Number(number)) => Ok(Expr::Number(number)),
            Some(Token::Other) => Ok(Expr::Other),
            _ => Err("a value is missing".into()),
        }
    }

    /// Expressions up to a closing sign.
    fn list(&mut self, end: &str) -> Result<Vec<Expr>, String> {
        let mut found = Vec::new();
        while !self.sign(end) {
            self.sign("?");
            found.push(self.expr()?);
            if !self.sign(",") {
                self.expect(end)?;
                break;
            }
        }
        Ok(found)
    }
}

fn one_or(mut parts: Vec<Expr>, many: fn(Vec<Expr>) -> Expr) -> Expr {
    match (parts.len(), parts.pop()) {
        (1, Some(only)) => only,
        (_, Some(last)) => {
            parts.push(last);
            many(parts)
        }
        (_, None) => Expr::Other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shapes() {
        let all = parse("object.spec.containers.all(c, c.image.startsWith('h/'))").unwrap();
        let Expr::Call(Some(of), name, args) = &all else { panic!("{all:?}") };
        assert_eq!((of.path().as_deref(), name.as_str()), (Some("object.spec.containers"), "all"));
        assert_eq!(args[0], Expr::Name("c".into()));
        assert!(matches!(parse("!has(a.b) || x in ['y', r'z'] && true").unwrap(), Expr::Or(parts) if parts.len() == 2));
        assert!(matches!(parse("has(a.b) ? a.b : []").unwrap(), Expr::If(..)));
        assert_eq!(parse("a.?b.c").unwrap().path().as_deref(), Some("a.b.c"));
        assert_eq!(parse(r"'^h\\.x'").unwrap(), Expr::Text(r"^h\.x".into()));
        assert_eq!(parse(r"r'^h\.x'").unwrap(), Expr::Text(r"^h\.x".into()));
        assert_eq!(parse("// why\n'''it's'''").unwrap(), Expr::Text("it's".into()));
        assert_eq!(parse("a[?'k'] == {'x': 1}").unwrap().path(), None);
        assert!(parse("-1 < b'x'.size()").is_ok());
        assert!(matches!(parse("a[0]").unwrap(), Expr::At(_, at) if *at == Expr::Number(0)));
    }

    #[test]
    fn what_is_no_expression_says_so() {
        for text in ["", "a.", "(a", "'a", "a b", "a ? b", "$", "a.all(", "'\\q'", "{a}"] {
            assert!(parse(text).is_err(), "{text}");
        }
        assert!(parse(&"(".repeat(500)).is_err());
        assert!(parse(&"!".repeat(500)).is_err());
        assert!(parse(&"[".repeat(5000)).is_err());
    }
}
