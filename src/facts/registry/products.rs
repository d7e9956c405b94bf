//! Whose answers they are, and which reader takes them.

use super::{RegistryFacts, answers::Answers, artifactory, gitlab, harbor, nexus, quay};

const HARBOR: &str = "/api/v2.0";

/// Which product answered, by the paths of the calls.
#[must_use]
pub fn product(answers: &Answers) -> Option<&'static str> {
    answers.calls().find_map(|call| {
        [
            ("/service/rest/", "nexus"),
            ("/artifactory/api/", "artifactory"),
            ("/access/api/", "artifactory"),
            ("/api/v4/", "gitlab"),
            ("/api/v1/", "quay"),
            (HARBOR, "harbor"),
        ]
        .into_iter()
        .find_map(|(path, product)| call.starts_with(path).then_some(product))
    })
}

/// Facts of whatever product answered; `kind` where the user said which.
#[must_use]
pub fn facts(name: &str, kind: Option<&str>, answers: Answers) -> Option<RegistryFacts> {
    Some(match kind.or_else(|| product(&answers))? {
        "harbor" => harbor::facts(name, &answers.below(HARBOR), "exported"),
        "quay" => quay::facts(name, &answers),
        "nexus" => nexus::facts(name, &answers),
        "artifactory" => artifactory::facts(name, &answers),
        "gitlab" => gitlab::facts(name, &answers),
        _ => return None,
    })
}
