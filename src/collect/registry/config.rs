//! Which registries are asked, and with which credential: by reference, never by value.

use std::{
    fmt,
    path::{Path, PathBuf},
};

use serde::Deserialize;

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
        credential: Option<Reference>,
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

/// Where a credential is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reference {
    /// In a variable of the environment.
    Env(String),
    /// In a file.
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

impl std::str::FromStr for Reference {
    type Err = String;
    /// What was written is not repeated: it might be the credential itself.
    fn from_str(text: &str) -> Result<Self, String> {
        match text.split_once(':') {
            Some(("env", name)) if is_variable(name) => Ok(Self::Env(name.into())),
            Some(("file", path)) if !path.is_empty() => Ok(Self::File(path.into())),
            _ => Err("a credential is named as env:NAME or file:PATH; its value is never written here".into()),
        }
    }
}

fn is_variable(name: &str) -> bool {
    !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

impl Reference {
    /// Fetches it: `user:password`, or the password alone where `user` is known.
    ///
    /// # Errors
    /// What is missing, never what is there.
    pub fn login(&self, user: Option<&str>) -> Result<Login, String> {
        let text = match self {
            Self::Env(name) => {
                std::env::var(name).map_err(|_| format!("the variable {name} is not set, or no text"))?
            }
            Self::File(path) => {
                std::fs::read_to_string(path).map_err(|error| format!("{}: {}", path.display(), error.kind()))?
            }
        };
        let text = text.trim_end_matches(['\n', '\r']);
        let login = match (user, text.split_once(':')) {
            (Some(user), _) => Login { user: user.into(), password: text.into() },
            (None, Some((user, password))) => Login { user: user.into(), password: password.into() },
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
    let value = crate::yaml::parse(&text).map_err(|_| format!("{place}: is no YAML"))?;
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
    fn a_credential_is_a_reference_and_its_text_is_never_repeated() {
        assert_eq!("env:X_1".parse(), Ok(Reference::Env("X_1".into())));
        assert_eq!("file:/run/c".parse(), Ok(Reference::File("/run/c".into())));
        for bad in ["hunter2", "env:", "file:", "env:hunter2!", "robot$x:hunter2"] {
            let told = bad.parse::<Reference>().unwrap_err();
            assert!(!told.contains("hunter2"), "{told}");
        }
    }

    #[test]
    fn a_file_gives_user_and_password_or_the_password_alone() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("c");
        std::fs::write(&path, "robot$a+b:pass:word\n").unwrap();
        let by = Reference::File(path);
        let (own, named) = (by.login(None).unwrap(), by.login(Some("me")).unwrap());
        assert_eq!((own.user.as_str(), own.password.as_str()), ("robot$a+b", "pass:word"));
        assert_eq!((named.user.as_str(), named.password.as_str()), ("me", "robot$a+b:pass:word"));
        assert_eq!(format!("{own:?}"), "Login");
    }
}
