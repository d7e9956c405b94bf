//! What validations in CEL let in, of the shapes that are commonly written. A shape that is not
//! known is never guessed at: it is unread, unless what stands beside it restricts by itself.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{Allowed, Held, LISTS};
use crate::{
    facts::cel::{self, Expr},
    inventory::registry::admission::{list, text},
};

/// How many variables may stand for one another.
const DEPTH: u32 = 16;

/// What all validations of a policy let in together; the error says why that cannot be told. None:
/// they are not about where images come from.
pub(super) fn read(spec: &Value, validations: &str, variables: &str) -> Result<Option<Held>, String> {
    let variables = list(spec, variables)
        .filter_map(|one| Some((text(one, "/name"), cel::parse(&text(one, "/expression")).ok()?)))
        .collect();
    let reader = Reader { variables };
    let (mut held, mut unread) = (Held::default(), false);
    for one in list(spec, validations) {
        let written = text(one, "/expression");
        match cel::parse(&written).ok().and_then(|expr| reader.holds(&expr, DEPTH)) {
            Some(one) if one.restricts() => held = held.and(one),
            Some(_) => {}
            None => unread |= is_about_images(&written) || written.contains("variables."),
        }
    }
    match (held.restricts(), unread) {
        (true, _) => Ok(Some(held)),
        (false, true) => Err("an expression about images has a shape that is not read".into()),
        (false, false) => Ok(None),
    }
}

/// It speaks of an image, and not only of when it is pulled.
fn is_about_images(text: &str) -> bool {
    text.match_indices("image").any(|(at, word)| {
        let next = text.get(at + word.len()..).and_then(|rest| rest.chars().next());
        !next.is_some_and(|c| c.is_ascii_uppercase())
    })
}

struct Reader {
    variables: BTreeMap<String, Expr>,
}

/// Containers that are gone through one by one.
#[derive(Clone, Debug, Default)]
struct Gone {
    lists: Vec<&'static str>,
    /// What is gone through are the images themselves.
    images: bool,
}

/// What a name stands for while something is gone through.
#[derive(Clone, Copy)]
struct Each<'e> {
    name: &'e str,
    images: bool,
}

impl Reader {
    /// An expression without the variable that it only names.
    fn meant<'e>(&'e self, expr: &'e Expr, depth: u32) -> Option<&'e Expr> {
        depth.checked_sub(1)?;
        match expr.path().as_deref().and_then(|path| path.strip_prefix("variables.")) {
            Some(name) if !name.contains('.') => self.meant(self.variables.get(name)?, depth - 1),
            _ => Some(expr),
        }
    }

    /// What is let in where this has to be true; none where that cannot be told.
    fn holds(&self, expr: &Expr, depth: u32) -> Option<Held> {
        let depth = depth.checked_sub(1)?;
        let nothing = Held::default();
        match self.meant(expr, depth)? {
            Expr::Bool(true) => Some(nothing),
            // Each part has to hold: those that can be read are enough.
            Expr::And(parts) => {
                let read: Vec<Held> = parts.iter().filter_map(|part| self.holds(part, depth)).collect();
                let all = read.len() == parts.len();
                let held = read.into_iter().fold(nothing, Held::and);
                (all || held.restricts()).then_some(held)
            }
            Expr::Or(parts) => {
                // "There is no such list, or all of it": the list is held.
                let missing: Vec<&str> = parts.iter().filter_map(|part| self.is_missing(part, depth)).collect();
                let rest: Vec<&Expr> = parts.iter().filter(|part| self.is_missing(part, depth).is_none()).collect();
                let held = rest.into_iter().map(|part| self.holds(part, depth)).reduce(|a, b| Some(a?.or(b?)))??;
                missing.iter().all(|list| held.covers.iter().all(|one| one == list)).then_some(held)
            }
            Expr::If(asked, yes, no) => {
                let (asked, yes, no) = match &**asked {
                    Expr::Not(inner) => (inner, no, yes),
                    _ => (asked, yes, no),
                };
                match self.has(asked, depth) {
                    Some(list) if **no == Expr::Bool(true) => {
                        self.holds(yes, depth).filter(|held| held.covers.iter().all(|one| *one == list))
                    }
                    _ => Some(self.holds(yes, depth)?.or(self.holds(no, depth)?)),
                }
            }
            Expr::Call(Some(of), name, args) if name == "all" => {
                let gone = self.gone(of, depth)?;
                let [Expr::Name(name), body] = &args[..] else { return None };
                let allows = self.allows(body, Each { name, images: gone.images }, true, depth)?;
                Some(Held::of(&gone.lists, allows))
            }
            Expr::Not(inner) => match self.meant(inner, depth)? {
                Expr::Call(Some(of), name, args) if name == "exists" => {
                    let gone = self.gone(of, depth)?;
                    let [Expr::Name(name), body] = &args[..] else { return None };
                    let allows = self.allows(body, Each { name, images: gone.images }, false, depth)?;
                    Some(Held::of(&gone.lists, allows))
                }
                Expr::Not(inner) => self.holds(inner, depth),
                _ => None,
            },
            _ => None,
        }
    }

    /// The list of containers that `has(object.spec.x)` asks for.
    fn has(&self, expr: &Expr, depth: u32) -> Option<&'static str> {
        match self.meant(expr, depth)? {
            Expr::Call(None, name, args) if name == "has" => of_pod(&args.first()?.path()?),
            _ => None,
        }
    }

    fn is_missing(&self, expr: &Expr, depth: u32) -> Option<&'static str> {
        match expr {
            Expr::Not(inner) => self.has(inner, depth),
            _ => None,
        }
    }

    fn gone(&self, expr: &Expr, depth: u32) -> Option<Gone> {
        let depth = depth.checked_sub(1)?;
        let expr = self.meant(expr, depth)?;
        if let Some(path) = expr.path() {
            return Some(Gone { lists: vec![of_pod(&path)?], images: false });
        }
        match expr {
            Expr::List(items) if items.is_empty() => Some(Gone::default()),
            Expr::Call(Some(of), name, args) if name == "orValue" => {
                matches!(&args[..], [Expr::List(items)] if items.is_empty()).then(|| self.gone(of, depth))?
            }
            Expr::Call(Some(of), name, args) if name == "map" => {
                let gone = self.gone(of, depth)?;
                let [Expr::Name(each), body] = &args[..] else { return None };
                (body.path()? == format!("{each}.image")).then_some(Gone { images: true, ..gone })
            }
            Expr::Op("+", left, right) => {
                let (left, right) = (self.gone(left, depth)?, self.gone(right, depth)?);
                let empty = left.lists.is_empty() || right.lists.is_empty();
                (empty || left.images == right.images)
                    .then(|| Gone { lists: [left.lists, right.lists].concat(), images: left.images || right.images })
            }
            // Of a list that may be missing, or of several kinds of which pods are one.
            Expr::If(asked, yes, no) => {
                if let Some(list) = self.has(asked, depth) {
                    let gone = self.gone(yes, depth)?;
                    return (self.gone(no, depth)?.lists.is_empty() && gone.lists == [list]).then_some(gone);
                }
                let is_pod = matches!(&**asked, Expr::Op("==", kind, pod)
                    if kind.path().as_deref() == Some("object.kind") && **pod == Expr::Text("Pod".into()));
                is_pod.then(|| self.gone(yes, depth))?
            }
            _ => None,
        }
    }

    /// What fits a condition on one container, or what does not; none where that cannot be told.
    fn allows(&self, expr: &Expr, each: Each<'_>, wanted: bool, depth: u32) -> Option<Vec<Allowed>> {
        let depth = depth.checked_sub(1)?;
        let everything = || Some(vec![Allowed::everything("any image")]);
        let expr = self.meant(expr, depth)?;
        match (expr, wanted) {
            (Expr::Not(inner), _) => self.allows(inner, each, !wanted, depth),
            (Expr::Or(parts), true) | (Expr::And(parts), false) => {
                let all: Option<Vec<_>> = parts.iter().map(|part| self.allows(part, each, wanted, depth)).collect();
                Some(all?.concat())
            }
            (Expr::And(parts), true) | (Expr::Or(parts), false) => {
                let read: Vec<_> = parts.iter().filter_map(|part| self.allows(part, each, wanted, depth)).collect();
                let narrow = read.iter().find(|one| !one.iter().any(Allowed::is_everything)).cloned();
                narrow.or_else(|| (read.len() == parts.len()).then(everything).flatten())
            }
            (Expr::Call(Some(of), name, args), true) if name == "exists" => {
                let [Expr::Name(each_text), body] = &args[..] else { return None };
                let texts = self.texts(of, depth)?;
                let one = |text: &String| {
                    let body = replaced(body, each_text, &Expr::Text(text.clone()));
                    self.allows(&body, each, true, depth)
                };
                Some(texts.iter().map(one).collect::<Option<Vec<_>>>()?.concat())
            }
            (Expr::Call(Some(of), name, args), _) if self.is_image(of, each) => {
                let [argument] = &args[..] else { return None };
                let text = self.text(argument, depth)?;
                match (name.as_str(), wanted) {
                    ("startsWith", true) => Some(vec![Allowed::prefix(&text)]),
                    ("matches", true) => Some(Allowed::expression(&text)),
                    ("startsWith" | "matches" | "endsWith" | "contains", _) => everything(),
                    _ => None,
                }
            }
            (Expr::Op("==", left, right), true) if self.is_image(left, each) => {
                Some(vec![Allowed::glob(&self.text(right, depth)?)])
            }
            (Expr::Op("==", left, right), true) if self.is_host(left, each) => {
                Some(vec![Allowed::registry(&self.text(right, depth)?)])
            }
            (Expr::Op("in", left, right), true) if self.is_image(left, each) => {
                Some(self.texts(right, depth)?.iter().map(|text| Allowed::glob(text)).collect())
            }
            (Expr::Op("in", left, right), true) if self.is_host(left, each) => {
                Some(self.texts(right, depth)?.iter().map(|text| Allowed::registry(text)).collect())
            }
            (Expr::Op("!=", left, right), false) => {
                self.allows(&Expr::Op("==", left.clone(), right.clone()), each, true, depth)
            }
            (Expr::Op("==" | "in", left, _), false) | (Expr::Op("!=", left, _), true)
                if self.is_image(left, each) || self.is_host(left, each) =>
            {
                everything()
            }
            _ => None,
        }
    }

    fn is_image(&self, expr: &Expr, each: Each<'_>) -> bool {
        let path = expr.path();
        if each.images { path.as_deref() == Some(each.name) } else { path == Some(format!("{}.image", each.name)) }
    }

    /// `c.image.split('/')[0]`: what stands before the first slash.
    fn is_host(&self, expr: &Expr, each: Each<'_>) -> bool {
        let Expr::At(of, at) = expr else { return false };
        matches!(&**of, Expr::Call(Some(image), name, args) if name == "split" && **at == Expr::Number(0)
            && matches!(&args[..], [Expr::Text(slash)] if slash == "/") && self.is_image(image, each))
    }

    fn text(&self, expr: &Expr, depth: u32) -> Option<String> {
        let depth = depth.checked_sub(1)?;
        match self.meant(expr, depth)? {
            Expr::Text(text) => Some(text.clone()),
            Expr::Op("+", left, right) => Some(self.text(left, depth)? + &self.text(right, depth)?),
            _ => None,
        }
    }

    fn texts(&self, expr: &Expr, depth: u32) -> Option<Vec<String>> {
        match self.meant(expr, depth)? {
            Expr::List(items) => items.iter().map(|item| self.text(item, depth)).collect(),
            _ => None,
        }
    }
}

/// A list of containers of a pod, by its path.
fn of_pod(path: &str) -> Option<&'static str> {
    let name = path.strip_prefix("object.spec.")?;
    LISTS.into_iter().find(|list| *list == name)
}

/// An expression with something else in the place of a name.
fn replaced(expr: &Expr, name: &str, by: &Expr) -> Expr {
    let one = |expr: &Expr| Box::new(replaced(expr, name, by));
    let all = |parts: &[Expr]| parts.iter().map(|part| replaced(part, name, by)).collect();
    match expr {
        Expr::Name(this) if this == name => by.clone(),
        Expr::Field(of, field) => Expr::Field(one(of), field.clone()),
        Expr::At(of, at) => Expr::At(one(of), one(at)),
        Expr::Call(of, called, args) => Expr::Call(of.as_ref().map(|of| one(of)), called.clone(), all(args)),
        Expr::Not(inner) => Expr::Not(one(inner)),
        Expr::And(parts) => Expr::And(all(parts)),
        Expr::Or(parts) => Expr::Or(all(parts)),
        Expr::List(parts) => Expr::List(all(parts)),
        Expr::If(asked, yes, no) => Expr::If(one(asked), one(yes), one(no)),
        Expr::Op(op, left, right) => Expr::Op(op, one(left), one(right)),
        other => other.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn say(expressions: &[&str], variables: &[(&str, &str)]) -> String {
        let expressions: Vec<_> = expressions.iter().map(|e| serde_json::json!({"expression": e})).collect();
        let variables: Vec<_> =
            variables.iter().map(|(n, e)| serde_json::json!({"name": n, "expression": e})).collect();
        match read(&serde_json::json!({"v": expressions, "w": variables}), "/v", "/w") {
            Err(_) => "unread".into(),
            Ok(None) => "nothing".into(),
            Ok(Some(held)) => {
                let allows: Vec<String> = held.allows.iter().map(|a| format!("{}/{}", a.host, a.path)).collect();
                format!("{}: {}", held.covers.join(" "), allows.join(" "))
            }
        }
    }

    #[test]
    fn common_shapes() {
        let all = "containers initContainers ephemeralContainers: h.x/**";
        let one = |text: &str| say(&[text], &[]);
        assert_eq!(one("object.spec.containers.all(c, c.image.startsWith('h.x/'))"), "containers: h.x/**");
        assert_eq!(one("!object.spec.containers.exists(c, !c.image.startsWith('h.x/'))"), "containers: h.x/**");
        assert_eq!(
            one("object.spec.containers.all(c, c.image.startsWith('h.x/') || c.image.startsWith('i.x/'))"),
            "containers: h.x/** i.x/**"
        );
        assert_eq!(
            one("object.spec.containers.all(c, ['h.x', 'i.x'].exists(r, c.image.startsWith(r + '/')))"),
            "containers: h.x/** i.x/**"
        );
        assert_eq!(one("object.spec.containers.all(c, c.image.matches('^h\\\\.x/.*$'))"), "containers: h.x/**");
        assert_eq!(one("object.spec.containers.all(c, c.image.split('/')[0] in ['h.x'])"), "containers: h.x/**");
        assert_eq!(one("object.spec.containers.all(c, c.image.split('/')[1] in ['h.x'])"), "unread");
        assert_eq!(
            one(
                "object.spec.containers.all(c, c.image.startsWith('h.x/')) && (!has(object.spec.initContainers) || object.spec.initContainers.all(c, c.image.startsWith('h.x/')))"
            ),
            "containers initContainers: h.x/**"
        );
        assert_eq!(
            one(
                "has(object.spec.initContainers) ? object.spec.initContainers.all(c, c.image.startsWith('h.x/')) : true"
            ),
            "initContainers: h.x/**"
        );
        let lists = "object.spec.containers + (has(object.spec.initContainers) ? object.spec.initContainers : []) + object.spec.?ephemeralContainers.orValue([])";
        assert_eq!(say(&["variables.l.all(c, c.image.startsWith('h.x/'))"], &[("l", lists)]), all);
        let variables = [("l", lists), ("i", "variables.l.map(c, c.image)"), ("a", "['h.x/']")];
        assert_eq!(say(&["variables.i.all(i, variables.a.exists(a, i.startsWith(a)))"], &variables), all);
        assert_eq!(
            say(&["true", "object.spec.containers.all(c, size(c.name) > 0 && c.image.startsWith('h.x/'))"], &[]),
            "containers: h.x/**"
        );
    }

    #[test]
    fn what_does_not_restrict_is_nothing_and_what_is_not_known_is_unread() {
        let one = |text: &str| say(&[text], &[]);
        assert_eq!(one("object.spec.containers.all(c, !c.image.endsWith(':latest'))"), "nothing");
        assert_eq!(one("object.spec.containers.all(c, !c.image.startsWith('docker.io/'))"), "nothing");
        assert_eq!(one("object.spec.containers.all(c, c.image.contains('h.x/'))"), "nothing");
        assert_eq!(one("object.spec.replicas < 3"), "nothing");
        assert_eq!(one("object.spec.containers.all(c, c.imagePullPolicy == 'Always')"), "nothing");
        for unread in [
            "object.metadata.namespace == 'x' || object.spec.containers.all(c, c.image.startsWith('h.x/'))",
            "!has(object.spec.initContainers) || object.spec.containers.all(c, c.image.startsWith('h.x/'))",
            "object.spec.containers.exists(c, c.image.startsWith('h.x/'))",
            "object.spec.containers.filter(c, c.name != 'x').all(c, c.image.startsWith('h.x/'))",
            "object.spec.containers.all(c, params.repos.exists(r, c.image.startsWith(r)))",
            "object.spec.containers.all(c, c.name == 'x' || c.image.startsWith('h.x/'))",
            "object.spec.template.spec.containers.all(c, c.image.startsWith('h.x/'))",
            "variables.gone.all(c, c.image.startsWith('h.x/'))",
            "object.spec.containers.all(c, c.image.startsWith('h.x/')",
        ] {
            assert_eq!(one(unread), "unread", "{unread}");
        }
        assert_eq!(say(&["variables.a.all(c, c.image.startsWith('h.x/'))"], &[("a", "variables.a")]), "unread");
    }
}
