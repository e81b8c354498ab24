//! `stateset runs`: where runs stand.

use std::io::Write;

use comfy_table::{ContentArrangement, Table, presets};

use crate::{
    Failure,
    api::{Connector, Pending, RunView},
};

/// The arguments of `stateset runs`.
#[derive(Clone, Debug, clap::Subcommand)]
pub enum RunsCommand {
    /// Show one run: its state, what is wrong or being tried, its documents
    Show {
        /// As printed by `stateset run`, for example shopifyToNetsuiteWorkflow:acme:450789469
        workflow_id: String,
    },
}

/// Runs what `command` says and writes a table to `out`.
///
/// # Errors
/// See [`Failure`]; a run that does not exist is `Usage`.
pub async fn run(command: &RunsCommand, connector: &Connector, out: &mut impl Write) -> Result<(), Failure> {
    let RunsCommand::Show { workflow_id } = command;
    let view = connector.view(workflow_id).await?;
    writeln!(out, "{}", table(&view))?;
    Ok(())
}

/// One line on where a run stands: `running, needsAttention: sku NOT-IN-NS-1 has no item`.
pub(crate) fn state(view: &RunView) -> String {
    let mut state = view.status.clone();
    if let Some(agent) = &view.agent_status {
        state.push_str(&format!(", {agent}"));
    }
    if let Some(reason) = view.problem.as_ref().map(|problem| &problem.message).or(view.failure.as_ref()) {
        state.push_str(&format!(": {reason}"));
    }
    printable(&state)
}

fn table(view: &RunView) -> Table {
    let mut table = Table::new();
    table.load_preset(presets::NOTHING).set_content_arrangement(ContentArrangement::Dynamic);
    let mut row = |name: &str, value: &str| {
        if !value.is_empty() {
            table.add_row([name, &printable(value)]);
        }
    };
    row("run", &view.workflow_id);
    row("status", &view.status);
    row("agent", view.agent_status.as_deref().unwrap_or_default());
    row("started", &view.started.map(|at| at.to_string()).unwrap_or_default());
    row("ended", &view.closed.map(|at| at.to_string()).unwrap_or_default());
    row("problem", view.problem.as_ref().map(|problem| problem.message.as_str()).unwrap_or_default());
    row("failure", view.failure.as_deref().unwrap_or_default());
    let pending: Vec<String> = view.pending.iter().map(pending).collect();
    row("trying", &pending.join("\n"));
    row("documents", &view.documents.join("\n"));
    let links = view.lineage.iter().flatten().map(|link| format!("{} → {} ({})", link.from, link.to, link.by));
    row("lineage", &links.collect::<Vec<_>>().join("\n"));
    row("result", &view.result.as_ref().map(ToString::to_string).unwrap_or_default());
    table
}

pub(crate) fn pending(pending: &Pending) -> String {
    let Pending { activity, attempt, last_failure, progress } = pending;
    let said: Vec<&str> = progress.iter().chain(last_failure).map(String::as_str).collect();
    match said.is_empty() {
        true => format!("{activity}, attempt {attempt}"),
        false => format!("{activity}, attempt {attempt}: {}", said.join("; the attempt before: ")),
    }
}

/// A vendor's text must not be able to steer the terminal.
pub(crate) fn printable(text: impl AsRef<str>) -> String {
    text.as_ref().replace(|character: char| character.is_control() && character != '\n', " ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_that_has_just_begun_can_be_read() {
        let view: RunView = serde_json::from_value(serde_json::json!({
            "workflowId": "w:acme:1", "status": "running", "agentStatus": null, "lineage": null, "problem": null,
            "documents": [], "pending": [],
        }))
        .unwrap();
        assert_eq!(state(&view), "running");
    }

    #[test]
    fn a_table_shows_what_is_known_and_nothing_else() {
        let view: RunView = serde_json::from_value(serde_json::json!({
            "workflowId": "w:acme:1", "runId": "r", "status": "running", "agentStatus": "needsAttention",
            "started": "2026-12-01T08:00:00Z", "closed": null, "failure": null, "result": null,
            "problem": {"code": "unknown_sku", "message": "sku \u{1b}[31mX has no item"},
            "pending": [
                {"activity": "getSalesOrder", "attempt": 3, "lastFailure": "busy"},
                {"activity": "syncStock", "attempt": 1, "progress": "writing: 250 of 1000 differences written"},
            ],
            "documents": ["shopify:order:1", "netsuite:salesOrder:12"],
            "lineage": [{"from": "shopify:order:1", "to": "netsuite:salesOrder:12", "by": "createSalesOrder", "at": null}],
        }))
        .unwrap();
        let shown = table(&view).to_string();
        let lines: Vec<&str> = shown.lines().map(str::trim).collect();
        assert_eq!(
            lines,
            [
                "run        w:acme:1",
                "status     running",
                "agent      needsAttention",
                "started    2026-12-01T08:00:00Z",
                "problem    sku  [31mX has no item",
                "trying     getSalesOrder, attempt 3: busy",
                "syncStock, attempt 1: writing: 250 of 1000 differences written",
                "documents  shopify:order:1",
                "netsuite:salesOrder:12",
                "lineage    shopify:order:1 → netsuite:salesOrder:12 (createSalesOrder)",
            ]
        );
        assert_eq!(state(&view), "running, needsAttention: sku  [31mX has no item");
    }
}
