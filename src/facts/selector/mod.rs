//! What network policies select by: label selectors, Calico's language, or several of them at once.

pub mod calico;
mod label;

pub use label::{Hit, Label, LabelSelector, Requirement, selects};

use calico::Expr;

/// A selector of any policy language.
#[derive(Clone, Debug, PartialEq)]
pub enum Select {
    /// Everything.
    All,
    /// Nothing.
    Nothing,
    /// By label selector.
    Labels(LabelSelector),
    /// By an expression of Calico's language.
    Calico(Expr),
    /// All of these.
    Every(Vec<Select>),
    /// Something that cannot be read here, with the reason.
    Opaque(String),
}

impl Select {
    /// From a label selector; an empty one is everything.
    #[must_use]
    pub fn labels(selector: LabelSelector) -> Self {
        if selector.is_everything() { Self::All } else { Self::Labels(selector) }
    }

    /// From Calico's language; empty text is everything.
    #[must_use]
    pub fn calico(text: &str) -> Self {
        if text.trim().is_empty() {
            return Self::All;
        }
        match Expr::parse(text) {
            Ok(Expr::All) => Self::All,
            Ok(expr) => Self::Calico(expr),
            Err(reason) => Self::Opaque(format!("selector {text:?} cannot be read: {reason}")),
        }
    }

    /// Whether it holds.
    pub fn hit<'a>(&self, label: &dyn Fn(&str) -> Label<'a>) -> Hit {
        match self {
            Self::All => Hit::Yes,
            Self::Nothing => Hit::No,
            Self::Labels(selector) => selector.hit(label),
            Self::Calico(expr) => expr.hit(label),
            Self::Every(all) => all.iter().fold(Hit::Yes, |hit, one| hit.and(one.hit(label))),
            Self::Opaque(_) => Hit::Opaque,
        }
    }

    /// Everything, whatever the labels.
    #[must_use]
    pub fn is_all(&self) -> bool {
        match self {
            Self::All => true,
            Self::Every(all) => all.iter().all(Self::is_all),
            _ => false,
        }
    }

    /// The same as a label selector, where one can say it.
    #[must_use]
    pub fn as_labels(&self) -> Option<LabelSelector> {
        match self {
            Self::All => Some(LabelSelector::default()),
            Self::Labels(selector) => Some(selector.clone()),
            Self::Calico(expr) => expr.as_labels(),
            Self::Every(all) => {
                let mut whole = LabelSelector::default();
                for one in all {
                    let one = one.as_labels()?;
                    for (key, value) in one.match_labels {
                        whole.match_expressions.push(Requirement { key, operator: "In".into(), values: vec![value] });
                    }
                    whole.match_expressions.extend(one.match_expressions);
                }
                Some(whole)
            }
            Self::Nothing | Self::Opaque(_) => None,
        }
    }

    /// Every key that it reads.
    #[must_use]
    pub fn keys(&self) -> Vec<String> {
        match self {
            Self::Labels(selector) => selector.keys().map(str::to_owned).collect(),
            Self::Calico(expr) => expr.keys(),
            Self::Every(all) => all.iter().flat_map(Self::keys).collect(),
            _ => Vec::new(),
        }
    }
}
