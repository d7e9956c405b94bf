//! Which registries are asked, and with which credential: by reference, never by value.

use std::{
    fmt,
    path::{Path, PathBuf},
};

use serde::Deserialize;

use crate::store::secret::Secret;

/// Products that are asked live.
const LIVE: [&str; 1] = ["harbor"];

/// One registry.
#[derive(Clone, Debug)]
pub struct Asked {
    /// As the rules call it.
    pub name: String,
    /// Product, where it was said.
    pub kind: Option<String>,
    /// From where.
    pub how: How,
}

/// From where a registry is known.
#[derive(Clone, Debug)]
pub enum How {
    /// Its API.
    Live {
        /// `https://host`, with or without the path of the API.
        endpoint: String,
        /// Account; none where the credential holds it.
        user: Option<String>,
        /// Where the credential is; none: nobody in particular asks.
        credential: Option<Secret>,
        /// Certificates to trust instead of the web's.
        ca: Option<PathBuf>,
        /// Questions a second.
        rate: Option<f64>,
        /// Seconds for the whole registry.
        deadline: Option<u64>,
    },
    /// A file of exported answers.
    File(PathBuf),
}

/// An account; not shown.
pub struct Login {
    /// Its name.
    pub user: String,
    /// Its password.
    pub password: String,
}

impl fmt::Debug for Login {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Login")
    }
}

impl Login {
    /// Fetches it: `user:password`, or the password alone where `user` is known.
    ///
    /// # Errors
    /// What is missing, never what is there.
    pub fn of(by: &Secret, user: Option<&str>) -> Result<Self, String> {
        let value = by.read().map_err(|failure| failure.message)?;
        let text = value.reveal();
        let login = match (user, text.split_once(':')) {
            (Some(user), _) => Self { user: user.into(), password: text.into() },
            (None, Some((user, password))) => Self { user: user.into(), password: password.into() },
            (None, None) => return Err("the credential is no user:password, and no user is named".into()),
        };
        if login.user.is_empty() || login.password.is_empty() {
            return Err("the credential is empty".into());
        }
        Ok(login)
    }
}

#[derive(Deserialize)]
struct File {
    #[serde(default)]
    registries: Vec<Entry>,
}

// Other keys are those of rules/registry.yaml: the same file may be both.
#[derive(Deserialize)]
struct Entry {
    name: String,
    #[serde(rename = "type")]
    kind: Option<String>,
    evidence: Option<Evidence>,
}

#[derive(Deserialize)]
struct Evidence {
    mode: String,
    endpoint: Option<String>,
    credential: Option<String>,
    user: Option<String>,
    ca: Option<PathBuf>,
    file: Option<PathBuf>,
    #[serde(rename = "type")]
    kind: Option<String>,
    rate: Option<f64>,
    deadline: Option<u64>,
}

/// Reads a registries file: `registries: [{name, type, evidence: {mode, endpoint, credential …}}]`,
/// the form of `rules/registry.yaml`. Only `mode: api` and `mode: file` are asked.
///
/// # Errors
/// What is wrong, without what stands there.
pub fn read(path: &Path) -> Result<Vec<Asked>, String> {
    let place = path.display();
    let text = std::fs::read_to_string(path).map_err(|error| format!("{place}: {}", error.kind()))?;
    let value = crate::yaml::parse(&text).map_err(|error| match error.line {
        Some(line) => format!("{place}:{line}: is no YAML"),
        None => format!("{place}: is no YAML"),
    })?;
    let file: File = serde_json::from_value(value)
        .map_err(|_| format!("{place}: is no list of registries with name, type and evidence"))?;
    let base = path.parent().unwrap_or(Path::new(""));
    let mut asked = Vec::new();
    for entry in file.registries {
        let Some(evidence) = entry.evidence else { continue };
        let kind = evidence.kind.or(entry.kind);
        let wrong = |what: &str| format!("{place}: registry {}: {what}", entry.name);
        let how = match evidence.mode.as_str() {
            "api" => {
                if !kind.as_deref().is_some_and(|kind| LIVE.contains(&kind)) {
                    return Err(wrong("only harbor is asked live; export the answers of others (mode: file)"));
                }
                How::Live {
                    endpoint: evidence.endpoint.ok_or_else(|| wrong("evidence names no endpoint"))?,
                    user: evidence.user,
                    credential: evidence.credential.map(|by| by.parse()).transpose().map_err(|e: String| wrong(&e))?,
                    ca: evidence.ca.map(|ca| base.join(ca)),
                    rate: evidence.rate,
                    deadline: evidence.deadline,
                }
            }
            "file" => How::File(base.join(evidence.file.ok_or_else(|| wrong("evidence names no file"))?)),
            _ => continue,
        };
        asked.push(Asked { name: entry.name, kind, how });
    }
    Ok(asked)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_gives_user_and_password_or_the_password_alone() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("c");
        std::fs::write(&path, "robot$a+b:pass:word\n").unwrap();
        let by = Secret::File(path);
        let (own, named) = (Login::of(&by, None).unwrap(), Login::of(&by, Some("me")).unwrap());
        assert_eq!((own.user.as_str(), own.password.as_str()), ("robot$a+b", "pass:word"));
        assert_eq!((named.user.as_str(), named.password.as_str()), ("me", "robot$a+b:pass:word"));
        assert_eq!(format!("{own:?}"), "Login");
    }
}
