//! Exported answers: how they are known among other files, and the calls that make them.

use std::{
    fs::File,
    io::{BufRead, BufReader, Read},
    path::Path,
};

use crate::facts::registry::answers::Answers;

/// Whether a file holds exported answers: its first line is one.
#[must_use]
pub fn looks_like(path: &Path) -> bool {
    let Ok(file) = File::open(path) else { return false };
    let mut first = Vec::new();
    // Only the beginning is looked at; an answer may be long.
    let read = BufReader::new(file.take(16 << 20)).read_until(b'\n', &mut first);
    let Some(text) = read.ok().and_then(|_| std::str::from_utf8(&first).ok()) else { return false };
    let text = text.trim();
    text.starts_with('{') && text.contains("\"call\"") && Answers::parse(text).is_ok()
}

/// The calls of a product, with what they need.
#[derive(Clone, Copy, Debug)]
pub struct Help {
    /// The product.
    pub kind: &'static str,
    /// What the account must be allowed.
    pub needs: &'static str,
    /// Shell words of the header that authenticates; the secret stays in a variable.
    pub login: &'static str,
    /// Calls; a word in capitals is to be replaced, and the call repeated for each.
    pub calls: &'static [&'static str],
}

/// Every product whose answers are understood.
pub const HELP: [Help; 5] = [
    Help {
        kind: "harbor",
        needs: "a system administrator, or a system robot of all projects that may list members, robots and repositories",
        login: "-u \"$REGISTRY_LOGIN\"",
        calls: &[
            "/api/v2.0/health",
            "/api/v2.0/systeminfo",
            "/api/v2.0/systeminfo/volumes",
            "/api/v2.0/users/current",
            "/api/v2.0/configurations",
            "/api/v2.0/users?page=PAGE&page_size=100",
            "/api/v2.0/robots?page=PAGE&page_size=100",
            "/api/v2.0/quotas?page=PAGE&page_size=100",
            "/api/v2.0/scanners?page=PAGE&page_size=100",
            "/api/v2.0/registries?page=PAGE&page_size=100",
            "/api/v2.0/replication/policies?page=PAGE&page_size=100",
            "/api/v2.0/replication/executions?policy_id=ID&page=1&page_size=100",
            "/api/v2.0/system/CVEAllowlist",
            "/api/v2.0/system/gc/schedule",
            "/api/v2.0/system/purgeaudit/schedule",
            "/api/v2.0/system/scanAll/schedule",
            "/api/v2.0/projects?page=PAGE&page_size=100",
            "/api/v2.0/projects/PROJECT_ID/members?page=PAGE&page_size=100",
            "/api/v2.0/projects/PROJECT_ID/immutabletagrules?page=PAGE&page_size=100",
            "/api/v2.0/robots?q=Level%3Dproject%2CProjectID%3DPROJECT_ID&page=PAGE&page_size=100",
            "/api/v2.0/retentions/RETENTION_ID",
            "/api/v2.0/projects/PROJECT/repositories?page=PAGE&page_size=100",
            "/api/v2.0/projects/PROJECT/repositories/REPOSITORY/artifacts?with_tag=true&with_scan_overview=true&with_sbom_overview=true&with_accessory=true&with_inherited_accessory=true&page=PAGE&page_size=100",
        ],
    },
    Help {
        kind: "quay",
        needs: "an OAuth token with repo:admin and org:admin, of a superuser",
        login: "-H \"Authorization: Bearer $REGISTRY_TOKEN\"",
        calls: &[
            "/api/v1/superuser/users/",
            "/api/v1/organization/ORGANIZATION",
            "/api/v1/organization/ORGANIZATION/robots?permissions=true&token=false",
            "/api/v1/organization/ORGANIZATION/prototypes",
            "/api/v1/repository?namespace=ORGANIZATION&next_page=PAGE",
            "/api/v1/repository/ORGANIZATION/REPOSITORY/permissions/user/",
            "/api/v1/repository/ORGANIZATION/REPOSITORY/permissions/team/",
            "/api/v1/repository/ORGANIZATION/REPOSITORY/immutabilitypolicy/",
        ],
    },
    Help {
        kind: "nexus",
        needs: "an account with nx-users-read, nx-roles-read, nx-privileges-read and nx-settings-read",
        login: "-u \"$REGISTRY_LOGIN\"",
        calls: &[
            "/service/rest/v1/repositorySettings",
            "/service/rest/v1/security/users",
            "/service/rest/v1/security/roles",
            "/service/rest/v1/security/privileges",
            "/service/rest/v1/security/anonymous",
            "/service/rest/v1/security/realms/active",
        ],
    },
    Help {
        kind: "artifactory",
        needs: "an administrator's access token",
        login: "-H \"Authorization: Bearer $REGISTRY_TOKEN\"",
        calls: &[
            "/artifactory/api/repositories",
            "/access/api/v2/users?cursor=PAGE",
            "/access/api/v2/users/USER",
            "/access/api/v2/permissions?cursor=PAGE",
            "/access/api/v2/permissions/PERMISSION",
            "/artifactory/api/v2/security/permissions",
            "/artifactory/api/v2/security/permissions/PERMISSION",
        ],
    },
    Help {
        kind: "gitlab",
        needs: "a token with read_api of a Maintainer of each project; an administrator's for /users",
        login: "-H \"PRIVATE-TOKEN: $REGISTRY_TOKEN\"",
        calls: &[
            "/api/v4/users?admins=true&page=PAGE&per_page=100",
            "/api/v4/projects/PROJECT_ID",
            "/api/v4/projects/PROJECT_ID/members/all?page=PAGE&per_page=100",
            "/api/v4/projects/PROJECT_ID/registry/repositories?page=PAGE&per_page=100",
            "/api/v4/projects/PROJECT_ID/registry/protection/repository/rules",
            "/api/v4/projects/PROJECT_ID/registry/protection/tag/rules",
            "/api/v4/projects/PROJECT_ID/deploy_tokens?page=PAGE&per_page=100",
            "/api/v4/groups/GROUP_ID/deploy_tokens?page=PAGE&per_page=100",
        ],
    },
];

/// What `export-help KIND` prints: a shell function that asks and writes, and the calls.
#[must_use]
pub fn help(of: &Help) -> String {
    let mut text = format!(
        "# Answers of {kind}, one a line, for `sextant audit --registry NAME={kind}.jsonl`.\n\
         # Needs: {needs}.\n\
         # Needs curl and jq. Set REGISTRY_URL, and the variable of the credential; it is not written.\n\
         # Words in capitals: repeat the call for each of them, PAGE until a page is empty. A page that\n\
         # fails belongs into the file as well: its status says what is missing.\n\
         ask() {{\n  \
           body=$(mktemp); head=$(mktemp)\n  \
           status=$(curl -sS {login} -D \"$head\" -o \"$body\" -w '%{{http_code}}' \"$REGISTRY_URL$1\")\n  \
           total=$(awk 'tolower($1)==\"x-total-count:\" {{print $2+0}}' \"$head\")\n  \
           jq -c --arg call \"$1\" --argjson status \"$status\" --argjson total \"${{total:-null}}\" \\\n    \
             'del(.. | .token?, .secret?, .password?) | {{call: $call, status: $status, total: $total, body: .}}' \"$body\" ||\n    \
             jq -nc --arg call \"$1\" --argjson status \"$status\" '{{call: $call, status: $status}}'\n  \
           rm -f \"$body\" \"$head\"\n}}\n",
        kind = of.kind,
        needs = of.needs,
        login = of.login,
    );
    for call in of.calls {
        text.push_str(&format!("ask '{call}' >> {}.jsonl\n", of.kind));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::registry::products::product;

    #[test]
    fn every_call_that_is_printed_is_known_again() {
        for of in HELP {
            for call in of.calls {
                let line = serde_json::json!({"call": call, "status": 200, "body": []}).to_string();
                assert_eq!(product(&Answers::parse(&line).unwrap()), Some(of.kind), "{call}");
            }
            assert!(help(&of).contains(of.calls[0]));
        }
    }
}
