import JSON

/// A change request as a terminal shows it.
func describe(_ change: JSONValue, comments: [JSONValue] = []) -> String {
  func text(_ path: String...) -> String {
    var value: JSONValue? = change
    for name in path { value = value?[name] }
    return terminalSafe(value?.string ?? "-")
  }
  var lines = [
    "\(text("key"))  \(text("status"))  (gate: \(text("gate")))",
    "  deploys      \(text("deployment", "commit_title")) (\(text("deployment", "sha").prefix(12))) of \(text("project", "path"))",
    "  to           \(text("environment", "name")), asked for by \(text("requested_by", "username")) at \(text("created_at"))",
  ]
  if change["deployment"]?["job_url"]?.string != nil { lines.append("  job          \(text("deployment", "job_url"))") }
  if let type = change["type"]?.string, type != "normal" { lines.append("  type         \(terminalSafe(type))") }
  lines += details.compactMap { title, name in change[name]?.string.map { "  \(title) \(terminalSafe($0))" } }
  if change["gate"]?.string == "awaiting", change["expires_at"]?.string != nil { lines.append("  expires      \(text("expires_at"))") }
  if change["out_of_band"]?.bool == true { lines.append("  out of band  decided or started in GitLab itself, not by the gate") }
  for approval in change["approvals"]?.array ?? [] {
    let from = approval["effective_at"]?.string.map { ", from \(terminalSafe($0)) on" } ?? ""
    let comment = approval["comment"]?.string.map { ": \(terminalSafe($0))" } ?? ""
    let user = terminalSafe(approval["user"]?.string ?? "-")
    lines.append("  \(terminalSafe(approval["status"]?.string ?? "-"))     \(user)\(from)\(comment)")
  }
  if let glass = change["break_glass"], !glass.isNull {
    lines.append("  break glass  \(text("break_glass", "by")): \(text("break_glass", "reason"))")
    let isDone = change["review"]?["done_at"]?.string != nil
    lines.append(
      isDone
        ? "  reviewed     by \(text("review", "by")): \(text("review", "comment"))"
        : "  owes         a review by somebody else, due at \(text("review", "due_at"))")
  }
  for comment in comments {
    lines.append("  comment      \(terminalSafe(comment["user"]?.string ?? "-")): \(terminalSafe(comment["comment"]?.string ?? "-"))")
  }
  for callback in change["callbacks"]?.array ?? [] {
    let error = callback["last_error"]?.string.map { ": \(terminalSafe($0))" } ?? ""
    lines.append(
      "  GitLab       \(terminalSafe(callback["step"]?.string ?? "-")) \(terminalSafe(callback["state"]?.string ?? "-"))\(error)")
  }
  return (lines + describeWaiting(change)).joined(separator: "\n")
}

func describeWaiting(_ change: JSONValue) -> [String] {
  (change["waiting_for"]?.array ?? []).map { "  waiting for  \(terminalSafe($0.string ?? "-"))" }
}

/// What people have told of a change, each under its title.
private let details = [
  ("risk        ", "risk"), ("impact      ", "impact"), ("reason      ", "reason"), ("to do       ", "implementation_plan"),
  ("to undo     ", "rollback_plan"), ("begins      ", "planned_start"), ("ends        ", "planned_end"),
]

/// An event as one line of a terminal.
func describe(event: JSONValue) -> String {
  guard let change = event["change"]?.string else {
    return "the database was restored to an earlier state; `gatehouse change list` shows what is there"
  }
  let words = [event["at"]?.string, change, event["status"]?.string, event["actor"]?.string, event["action"]?.string].map { $0 ?? "-" }
  let what = event["detail"]?["comment"]?.string ?? event["detail"]?["step"]?.string
  return terminalSafe(words.joined(separator: "  ") + (what.map { ": \($0)" } ?? ""))
}

/// The why-tree, one line for each finding.
func describe(finding: JSONValue, indent: String) -> String {
  let marks = ["satisfied": "ok  ", "waiting": "wait", "rejected": "no  ", "not_needed": "-   "]
  let outcome = marks[finding["outcome"]?.string ?? ""] ?? "?   "
  let counted = (finding["counted"]?.array ?? []).compactMap(\.string).joined(separator: ", ")
  var line = "\(indent)\(outcome) \(terminalSafe(finding["rule"]?.string ?? "-")): \(terminalSafe(finding["found"]?.string ?? "-"))"
  if !counted.isEmpty { line += " (\(terminalSafe(counted)))" }
  var lines = [line]
  for person in finding["left_out"]?.array ?? [] {
    lines.append(
      "\(indent)     \(terminalSafe(person["user"]?.string ?? "-")) does not count: \(terminalSafe(person["reason"]?.string ?? "-"))")
  }
  if let help = finding["would_help"]?.string { lines.append("\(indent)     would help: \(terminalSafe(help))") }
  for child in finding["children"]?.array ?? [] { lines.append(describe(finding: child, indent: indent + "  ")) }
  return lines.joined(separator: "\n")
}
