//! Calls of Harbor's API, by the paths of its description.

/// Not a call: the account that asked, where the collector knows it.
pub const CALLER: &str = "caller";

/// The call for the members of a project.
#[must_use]
pub fn of_project(id: i64, what: &str) -> String {
    format!("/projects/{id}/{what}")
}

/// The call for the robots of a project; the plain list has system robots only.
#[must_use]
pub fn robots_of(id: i64) -> String {
    format!("/robots?q=Level=project,ProjectID={id}")
}

/// The call for the repositories of a project.
#[must_use]
pub fn repositories_of(project: &str) -> String {
    format!("/projects/{project}/repositories")
}

/// The call for the images of a repository; a slash in its name is encoded twice.
#[must_use]
pub fn artifacts_of(project: &str, repository: &str) -> String {
    let repository = repository.replace('/', "%252F");
    format!(
        "/projects/{project}/repositories/{repository}/artifacts?with_tag=true&with_scan_overview=true&with_sbom_overview=true&with_accessory=true&with_inherited_accessory=true"
    )
}

/// The last runs of a replication.
#[must_use]
pub fn runs_of(id: i64) -> String {
    format!("/replication/executions?policy_id={id}")
}
