//! A system whose images were renamed beyond recognition is known by what it answers.

use crate::detected::told;

#[test]
fn who_answers_the_webhook_of_a_system_is_the_system() {
    let told = told("46c", &["ingress-nginx installed healthy unknown"]);
    let row = told.get("ingress-nginx");
    assert_eq!(row.version_source, "its image is not one that the catalogue knows");
    assert_eq!(row.instances[0].workloads[0].name, "edge-proxy");
    assert!(told.says("ingress-nginx", "Deployment edge/edge-proxy 1/1 answers webhook validate.nginx"));
    assert!(row.controllers.contains(&"k8s.io/ingress-nginx*".to_owned()), "{:?}", row.controllers);
}

#[test]
fn a_hook_that_leads_elsewhere_is_a_leftover() {
    told(
        "46d",
        &["gatekeeper residue - unknown", "ingress-nginx residue - unknown", "grafana installed healthy 13.2.0"],
    );
}
