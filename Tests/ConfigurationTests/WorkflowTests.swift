import ChangeControl
import TestSupport
import Testing

@testable import Configuration

/// Workflows of the file's own: how they are written, and what is said of those that cannot be.
@Suite struct WorkflowTests {
  static let short = ContractExample.short

  @Test func theContractsExampleIsRead() throws {
    let workflow = try #require(try plan(Self.short).workflows["short"])
    #expect(workflow.name == "short" && workflow.initial.name == "Waiting")
    #expect(workflow.statuses.map(\.category) == [.toDo, .inProgress, .done, .done])
    #expect(workflow.statuses.map(\.gate) == [.awaiting, .allowed, .prevented, .allowed])
    #expect(
      workflow.transitions == [
        Workflow.Transition(from: "Waiting", name: "Approve", to: "Going", trigger: .approval),
        Workflow.Transition(from: "Waiting", name: "Reject", to: "Stopped", trigger: .rejection),
        Workflow.Transition(from: "Waiting", name: "Cancel", to: "Stopped", trigger: .person(role: .operator)),
        Workflow.Transition(from: "Going", name: "Finished", to: "Done", trigger: .deployment(.success)),
      ])
  }

  @Test(
    arguments: [
      ("by: person, role: approver", .person(role: .approver)), ("by: person, role: admin", .person(role: .admin)),
      ("by: break_glass", .breakGlass), ("by: expiry", .expiry), ("by: supersession", .supersession),
      ("by: deployment, on: failed", .deployment(.failed)), ("by: deployment, on: canceled", .deployment(.canceled)),
    ] as [(String, Workflow.Trigger)]) func everyWordIsRead(_ words: String, _ trigger: Workflow.Trigger) throws
  {
    let to = trigger == .breakGlass ? "Going" : "Stopped"
    let workflow = try plan(Self.short + "\n      - {from: Waiting, name: Move, to: \(to), \(words)}").workflows["short"]
    #expect(workflow?.transitions.last?.trigger == trigger)
  }

  @Test(arguments: ["simple", "itsm", "short"]) func aServiceNamesOne(_ name: String) throws {
    let plan = try plan(Self.short + "\nservices: [{\(Self.service), workflow: \(name)}]")
    #expect(plan.services.map(\.workflow) == [name])
    #expect(plan.workflows.keys.sorted() == ["itsm", "short", "simple"])
  }

  @Test(arguments: wrong) func isSaid(_ wrong: Case) { #expect(problems(wrong.text) == wrong.said) }

  static let wrong = [
    Case("workflow: {}", "1:1: unknown key `workflow`; did you mean `workflows`?"),
    Case(
      "workflows:\n  short: {}", "2:10: workflow `short` lacks `statuses`; add it: where a change can stand; the first is where it starts",
      "2:10: workflow `short` lacks `transitions`; add it: what leads from one status to another"),
    Case("workflows:\n  simple: {}", "2:3: `simple` is a built-in workflow, which yours would hide; give it another name"),
    Case(
      "workflows:\n  short: {statuses: [], transitions: []}",
      "2:3: workflow `short`: has no statuses; the first is where a change starts"),
    Case(
      short + "\nservices: [{\(service), workflow: shrot}]",
      "13:101: `workflow` names `shrot`, which is neither built in nor declared under `workflows`; did you mean `short`?"),
    changed(
      "category: to_do,", "catgory: to_do,", "4:9: an entry of `statuses` lacks `category`; add it: `to_do`, `in_progress`, `done`",
      "4:25: unknown key `catgory`; did you mean `category`?"),
    changed("to_do", "todo", "4:35: `category` must be one of `to_do`, `in_progress`, `done`, not `todo`; did you mean `to_do`?"),
    changed(
      "gate: prevented", "gate: invalid", "6:47: `gate` must be one of `awaiting`, `allowed`, `prevented`, not `invalid`"),
    changed(
      "name: Going", "name: ' Going'",
      "5:16: `name` must be a name without white space at its ends, without backticks, and no secret, not `\" Going\"`"),
    changed(
      "name: Going", "name: glpat-abcdefghijklmnop",
      "5:16: `name` must be a name without white space at its ends, without backticks, and no secret, not a text that looks like a secret"),
    changed(
      "from: Going", "from: Gong", "12:16: `from` names `Gong`, which is not declared under `statuses`; did you mean `Going`?"),
    changed(
      "to: Done", "to: Over",
      "12:43: `to` names `Over`, which is not declared under `statuses`; declared there: `Done`, `Going`, `Stopped`, `Waiting`"),
    changed(
      "by: approval", "by: aproval",
      "9:55: `by` must be one of `person`, `approval`, `rejection`, `deployment`, `break_glass`, `expiry`, `supersession`, not `aproval`; did you mean `approval`?"
    ),
    changed(
      ", on: success", "",
      "12:9: an entry of `transitions` lacks `on`; add it: what the deployment does: `running`, `success`, `failed`, `canceled`"),
    changed("on: success", "on: blocked", "12:69: `on` must be one of `running`, `success`, `failed`, `canceled`, not `blocked`"),
    changed("by: person", "by: person, on: failed", "11:68: `on` belongs to `by: deployment`; leave it out"),
    changed("by: rejection", "by: rejection, role: admin", "10:73: `role` belongs to `by: person`; leave it out"),
    changed("by: person", "by: person, role: viewer", "11:70: `role` must be one of `approver`, `operator`, `admin`, not `viewer`"),
    // What the check of a whole workflow finds has the place of what it is about.
    changed(
      "name: Waiting, category: to_do, gate: awaiting", "name: Waiting, category: to_do, gate: allowed",
      "4:9: workflow `short`: a change starts in `Waiting`, the first status; its `gate` must be `awaiting`"),
    changed(
      "to: Stopped, by: person", "to: Going, by: person",
      "11:9: workflow `short`: `Cancel` would open the gate by a click alone, for a change comes to `Waiting` without an approval; take it `by: approval`, or lead to `Waiting` through one"
    ),
    changed(
      "name: Done, category", "name: Going, category",
      "7:16: `name` `Going` stands here a second time, first in line 5; give each status a name of its own"),
    changed(
      "name: Done, category", "name: going, category",
      "12:43: `to` names `Done`, which is not declared under `statuses`; declared there: `Going`, `Stopped`, `Waiting`, `going`"),
  ]

  @Test func whatIsNeverClosedIsAWarning() throws {
    let text = completed(Self.short.replacing("name: Done, category: done", with: "name: Done, category: in_progress"))
    #expect(
      try warnings(text) == [
        Self.ofFailure,
        "g.yaml:7:9: workflow `short`: nothing leads on from `Done`, so its changes are never closed; write `category: done`",
      ])
  }

  @Test func whereAFailedDeploymentEndsIsAWarning() throws { #expect(try warnings(completed(Self.short)) == [Self.ofFailure]) }

  private static let ofFailure =
    "g.yaml:5:9: workflow `short`: nothing leads on from `Going` when the deployment fails or is canceled, so its changes then end in `Stopped`, "
    + "the first status that prevents; add a transition `by: deployment, on: failed` and `by: deployment, on: canceled` that leads where they shall end"

  /// The contract's example with one thing changed.
  private static func changed(_ part: String, _ other: String, _ said: String...) -> Case {
    var wrong = Case(short.replacing(part, with: other, maxReplacements: 1))
    wrong.said = said.map { "g.yaml:\($0)" }
    return wrong
  }

  private static let service = "id: checkout, projects: [1], gate: {tiers: [production]}, policy: one-person"

  private func plan(_ text: String) throws -> ControlPlan {
    try Configuration.parse(completed(text), file: "g.yaml", environment: exampleEnvironment).plan
  }

  /// Each review asks other people: what is enough for one may be too few for two.
  @Test(arguments: [
    ("{user: alice}", "itsm", true), ("{user: alice}", "simple", false), ("{group: pair}", "itsm", false),
    ("{group: pair, required_approvals: 2}", "itsm", true), ("{group: pair}, {gitlab_group: acme}", "itsm", false),
    ("{access_level: 40}", "itsm", false),
  ]) func tooFewPeopleForAllReviewsAreSaid(_ rules: String, _ workflow: String, _ isSaid: Bool) throws {
    let text = """
      gitlab: [{name: main, url: "https://g.test", token: {env: GATEHOUSE_GITLAB_TOKEN}, webhook_token: {env: GATEHOUSE_WEBHOOK_TOKEN}}]
      groups: {pair: [alice, bob]}
      policies: {p: {approval_rules: [\(rules)], prevent_self_approval: false}}
      services: [{id: shop, projects: [1], gate: {tiers: [production]}, policy: p, workflow: \(workflow)}]
      """
    #expect(try warnings(text).contains { $0.contains("too few people for all 2 reviews of workflow `itsm`") } == isSaid)
  }
}
