internal import Calendar
package import HTTPMessages
internal import JSON

/// Testing a hook and sending an event again (facts B, "Test", "Self-heal"). Both are answered with what came of the delivery.
extension World {
  /// A request that waits for a delivery: what it is answered unless the outcome says otherwise, and how the outcome is told.
  struct AwaitedAnswer: Sendable {
    enum Wish { case test, resend }

    var wish: Wish
    /// With the fields that every answer has.
    var response: Response?
    var isSettled = false
  }

  /// The events that can be tried. Deployments are not among them.
  private static let triggers = [
    "push_events", "tag_push_events", "issues_events", "confidential_issues_events", "note_events", "confidential_note_events",
    "merge_requests_events", "job_events", "pipeline_events", "wiki_page_events", "releases_events", "milestone_events", "emoji_events",
    "resource_access_token_events",
  ]

  mutating func testHook(_ call: Call) throws(APIError) -> Response {
    guard World.triggers.contains(call.path["trigger"] ?? "") else { throw .parameter("trigger does not have a valid value") }
    let hook = try hook(call)
    try countAction("web_hook_test \(hook.owner)", call, limit: Limits.hookCallsPerMinute)
    let (event, payload) = try testPayload(call.path["trigger"] ?? "", hook, call)
    let delivery = makeDelivery(hook, event, body: payload.bytes, idempotencyKey: random.uuid(), cause: random.uuid())
    sendAwaited(delivery, .test)
    return .json(["message": "201 Created"], status: .created)
  }

  /// Made of what the project has; a group is tried with its first project that has something.
  private mutating func testPayload(_ trigger: String, _ hook: Hook, _ call: Call) throws(APIError) -> (Hook.Event, JSONValue) {
    let candidates: [Project]
    switch hook.owner {
    case .project(let id): candidates = [projects[id]]
    case .group(let id): candidates = projects.all.filter { ancestry(of: $0.groupID).contains { $0.id == id } }
    }
    switch trigger {
    case "push_events":
      guard let project = candidates.first(where: { heads[$0.id] != nil }) else {
        throw .unprocessable("Ensure the project has at least one commit.")
      }
      return (.push, pushHook(project, by: call.user))
    case "pipeline_events":
      guard let pipeline = pipelines.all.last(where: { pipeline in candidates.contains { $0.id == pipeline.projectID } }) else {
        throw .unprocessable("Ensure the project has CI pipelines.")
      }
      return (.pipeline, .object(pipelineHook(pipeline)))
    case "job_events":
      guard let job = jobs.all.last(where: { job in candidates.contains { $0.id == job.projectID } }) else {
        throw .unprocessable("Ensure the project has CI jobs.")
      }
      return (.job, .object(jobHook(job)))
    default:
      // Issues, notes, releases and the like do not exist in this world.
      throw .unprocessable("Ensure the project has \(trigger.replacing("_events", with: "").replacing("_", with: " ")).")
    }
  }

  /// The same data and the same idempotency key; not to another URL.
  mutating func resendHookEvent(_ call: Call) throws(APIError) -> Response {
    let hook = try hook(call)
    try countAction("web_hook_event_resend \(hook.id)", call, limit: Limits.hookCallsPerMinute)
    let id = try call.id("hook_event_id")
    guard let sent = sentDeliveries(of: hook).first(where: { $0.delivery.id == id }) else { throw .notFound }
    let old = sent.delivery
    let again = makeDelivery(hook, old.event, body: old.request.body, idempotencyKey: old.idempotencyKey, cause: random.uuid())
    guard again.request.head.authority == old.request.head.authority, again.request.head.path == old.request.head.path else {
      throw .unprocessable("The hook URL has changed. This log entry cannot be retried.")
    }
    sendAwaited(again, .resend)
    return .json(["response_status": .null], status: .created)
  }

  /// Sends it even where the hook is switched off, and keeps the answer back until it is known what came of it.
  private mutating func sendAwaited(_ delivery: HookDelivery, _ wish: AwaitedAnswer.Wish) {
    outbox.append(delivery)
    awaitedDelivery = delivery.id
    awaitedAnswers[delivery.id] = AwaitedAnswer(wish: wish)
  }

  /// Words what came of a delivery for whoever waits for it.
  mutating func answerAwaiting(_ delivery: HookDelivery, _ answer: Answer) {
    guard var awaited = awaitedAnswers[delivery.id], var response = awaited.response else { return }
    let told: Response
    switch (awaited.wish, answer) {
    case (.test, .success(let got)) where (200..<300).contains(got.status.code): told = response
    case (.test, .success(let got)):
      told = .json(["message": .string(String(decoding: got.body, as: UTF8.self))], status: .unprocessableContent)
    case (.resend, .success(let got)): told = .json(["response_status": .integer(Int64(got.status.code))], status: .created)
    case (_, .failure(let failure)): told = .json(["message": .string(failure.reason)], status: .unprocessableContent)
    }
    response.head.status = told.head.status
    response.body = told.body
    awaited.response = response
    awaited.isSettled = true
    awaitedAnswers[delivery.id] = awaited
  }

  /// The answer to the request that got `Reply.afterDelivery`, once; nil while the delivery is not settled.
  package mutating func takeAnswer(afterDelivery id: Int64) -> Response? {
    guard let awaited = awaitedAnswers[id], awaited.isSettled else { return nil }
    awaitedAnswers[id] = nil
    return awaited.response
  }
}
