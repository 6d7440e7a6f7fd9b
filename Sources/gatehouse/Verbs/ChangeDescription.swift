import ChangeControl
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
  if change["ended"]?.string != nil { lines.append("  ended        \(text("ended"))") }
  if change["policy_kept"]?.string != nil { lines.append("  policy       \(text("policy")) is kept: \(text("policy_kept"))") }
  if change["gate"]?.string == "awaiting", change["expires_at"]?.string != nil { lines.append("  expires      \(text("expires_at"))") }
  if change["out_of_band"]?.bool == true { lines.append("  out of band  decided, started or released in GitLab itself, not by the gate") }
  lines += (change["approvals"]?.array ?? []).map { describe(approval: $0, hasSteps: change["workflow"]?.string != "simple") }
  lines += (change["freeze_overrides"]?.array ?? []).map { override in
    "  override     \(terminalSafe(override["by"]?.string ?? "-")): \(terminalSafe(override["reason"]?.string ?? "-"))"
  }
  if let glass = change["break_glass"], !glass.isNull {
    lines.append("  break glass  \(text("break_glass", "by")): \(text("break_glass", "reason"))")
    let isDone = change["review"]?["done_at"]?.string != nil
    let isOverdue = change["review"]?["overdue"]?.bool == true
    let due = isOverdue ? "it was due at \(text("review", "due_at")), and is overdue since" : "due at \(text("review", "due_at"))"
    lines.append(
      isDone
        ? "  reviewed     by \(text("review", "by")): \(text("review", "comment"))"
        : "  owes         a review by somebody else\(isOverdue ? ":" : ",") \(due)")
  }
  for comment in comments {
    lines.append("  comment      \(terminalSafe(comment["user"]?.string ?? "-")): \(terminalSafe(comment["comment"]?.string ?? "-"))")
  }
  for callback in change["callbacks"]?.array ?? [] {
    let error = callback["last_error"]?.string.map { ": \(terminalSafe($0))" } ?? ""
    lines.append(
      "  GitLab       \(terminalSafe(callback["step"]?.string ?? "-")) \(terminalSafe(callback["state"]?.string ?? "-"))\(error)")
  }
  return (lines + describeDrift(change) + describeWaiting(change)).joined(separator: "\n")
}

/// What has changed in GitLab under a change, the oldest first.
func describeDrift(_ change: JSONValue) -> [String] {
  (change["drift"]?.array ?? []).reversed().map { drift in
    func text(_ name: String) -> String { terminalSafe(drift[name]?.string ?? "-") }
    // What is told once ends as it begins.
    let until =
      if drift["unwatched"]?.bool == true {
        ", and looked at no more from \(text("until")) on"
      } else {
        drift["until"]?.string == nil ? ", and still so" : drift["until"] == drift["since"] ? "" : ", until \(text("until"))"
      }
    return "  drift        \(text("seen")) (\(text("since"))\(until))"
  }
}

/// - Parameter hasSteps: whether there may be more approval steps than one, so that it is not clear to which a decision belongs.
private func describe(approval: JSONValue, hasSteps: Bool) -> String {
  func words(_ name: String, _ before: String, _ after: String = "") -> String {
    approval[name]?.string.map { before + terminalSafe($0) + after } ?? ""
  }
  let step = hasSteps ? words("step", " in ") : ""
  return "  \(words("status", "").padded(to: 12)) \(words("user", ""))\(words("represented_as", " as "))\(step)"
    + words("effective_at", ", from ", " on") + words("comment", ": ")
}

/// - Parameter tree: what is told already: what it says that would help is not said again.
func describeWaiting(_ change: JSONValue, besides tree: JSONValue = .null) -> [String] {
  let people = change["who_could"]?.array ?? []
  let told = wishes(of: tree)
  return (change["waiting_for"]?.array ?? []).filter { !told.contains($0) }.map { sentence in
    let could = people.first { $0["waiting_for"] == sentence }.map(describe(people:)) ?? ""
    return "  waiting for  \(terminalSafe(sentence.string ?? "-"))\(could)"
  }
}

private func wishes(of finding: JSONValue) -> [JSONValue] {
  [finding["would_help"]].compactMap(\.self) + (finding["children"]?.array ?? []).flatMap(wishes)
}

/// ` (bob, carol and 12 others)`
private func describe(people: JSONValue) -> String {
  let some = SomePeople(users: (people["users"]?.array ?? []).compactMap(\.string), others: Int(people["others"]?.integer ?? 0))
  return " (\(terminalSafe(some.text)))"
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
  let what = describe(detail: event["detail"])
  return terminalSafe(words.joined(separator: "  ") + (what.isEmpty ? "" : ": \(what)"))
}

/// What was said or done, and why: what an entry of the audit log has of that.
private func describe(detail: JSONValue?) -> String {
  // The step of a decision is a status of the workflow, which the line has; of a callback it is what GitLab was told.
  let what =
    detail?["status"]?.string.flatMap(ApprovalStatus.init)?.rawValue ?? (detail?["attempts"] == nil ? nil : detail?["step"]?.string)
  let why = ["comment", "reason", "because"].lazy.compactMap { detail?[$0]?.string }.first
  return [what, why].compactMap(\.self).joined(separator: ", ")
}

/// The why-tree, one line for each finding.
func describe(finding: JSONValue, indent: String) -> String {
  let marks = ["satisfied": "ok  ", "waiting": "wait", "rejected": "no  ", "not_needed": "-   "]
  let outcome = marks[finding["outcome"]?.string ?? ""] ?? "?   "
  let found = finding["found"]?.string ?? "-"
  var line = "\(indent)\(outcome) \(terminalSafe(finding["rule"]?.string ?? "-")): \(terminalSafe(found))"
  let counted = (finding["counted"]?.array ?? []).compactMap(\.string)
  // Where what was found names them itself, once is enough.
  let named = found.split { $0.isWhitespace || $0 == "," }.map(String.init)
  if !counted.allSatisfy(named.contains) { line += " (\(terminalSafe(counted.joined(separator: ", "))))" }
  var lines = [line]
  for person in finding["left_out"]?.array ?? [] {
    lines.append(
      "\(indent)     \(terminalSafe(person["user"]?.string ?? "-")) does not count: \(terminalSafe(person["reason"]?.string ?? "-"))")
  }
  if let help = finding["would_help"]?.string {
    lines.append("\(indent)     would help: \(terminalSafe(help))\(finding["who_could"].map(describe(people:)) ?? "")")
  }
  for child in finding["children"]?.array ?? [] { lines.append(describe(finding: child, indent: indent + "  ")) }
  return lines.joined(separator: "\n")
}
