package import ChangeControl
internal import JSON
package import Storage

/// One authentic webhook, translated.
package struct Delivery: Sendable {
  package var instance: String
  package var idempotencyKey: String?
  /// `X-Gitlab-Event`.
  package var eventName: String
  package var event: WebhookEvent
  /// The raw body, secrets taken out.
  package var body: [UInt8]
  package var requestID: String

  package init(instance: String, idempotencyKey: String?, eventName: String, event: WebhookEvent, body: [UInt8], requestID: String) {
    self.instance = instance
    self.idempotencyKey = idempotencyKey
    self.eventName = eventName
    self.event = event
    self.body = body
    self.requestID = requestID
  }
}

/// What came of a delivery, and why, for the answer and the log.
package struct Receipt: Sendable, Hashable {
  package var result: DeliveryResult
  package var reason: String?
}

extension Gate {
  /// Writes a webhook down and, where it is about a gated deployment, asks GitLab's API about it: a webhook says that something happened,
  /// only the API says what is. So lost, doubled and reordered webhooks cannot lead a change astray.
  ///
  /// A delivery is known again by its idempotency key, then by what it says (a project hook and a group hook for the same event).
  package func receive(_ delivery: Delivery, in transaction: Transaction) throws -> Receipt {
    var record = DeliveryRecord(
      instance: delivery.instance, idempotencyKey: delivery.idempotencyKey, event: delivery.eventName, meaning: nil, result: .ignored,
      reason: nil, requestID: delivery.requestID, body: nil)
    let question: Question?
    switch delivery.event {
    case .irrelevant(let reason):
      record.reason = reason
      question = nil
    case .deployment(let event):
      record.body = delivery.body
      question = try weigh(event, &record, in: transaction)
    case .pipeline(let hint):
      record.body = delivery.body
      question = weigh(hint, &record)
    }
    if question != nil { record.result = .recorded }
    // Nearly every delivery is new. To write it down tells as much as two questions before.
    guard try transaction.insert(record) else { return try receiveAgain(record, in: transaction) }
    switch question {
    case nil: break
    case .inspect(let event):
      // Project and tier choose the policy, so they are the API's to tell: whoever knows the webhook's secret could send any.
      let deployment = try transaction.meet(
        event.identity, status: DeploymentStatus(rawValue: event.kind.rawValue) ?? .blocked, environment: event.environment, tier: nil,
        project: nil, jobID: event.jobID, by: .webhook)
      try transaction.askToInspect(deployment, instance: record.instance, requestID: record.requestID)
    case .locate(let hint):
      try transaction.askToLocate(hint: hint.json.text, instance: record.instance, requestID: record.requestID)
    }
    return Receipt(result: record.result, reason: record.reason)
  }

  /// What a delivery makes the gate ask GitLab.
  private enum Question {
    case inspect(DeploymentEvent)
    case locate(PipelineHint)
  }

  /// Nil, and the reason in the record, for what asks nothing.
  private func weigh(_ event: DeploymentEvent, _ record: inout DeliveryRecord, in transaction: Transaction) throws -> Question? {
    let identity = event.identity
    guard
      plan.service(
        instance: identity.instance, project: identity.project, path: event.project.path, environment: event.environment, tier: event.tier)
        != nil
    else {
      record.reason = "no service gates environment \(event.environment) of \(event.project.path)"
      return nil
    }
    if event.kind == .approved || event.kind == .rejected, let approver = event.approver?.id,
      try transaction.instance(named: identity.instance)?.userID == approver
    {
      // GitLab tells us of what we did ourselves (19.3+); its callback reads back anyway.
      record.reason = "our own \(event.kind.rawValue)"
      return nil
    }
    record.meaning = "\(identity.project)/\(identity.deployment)/\(event.kind.rawValue)/\(event.approvalID ?? 0)"
    return .inspect(event)
  }

  private func weigh(_ hint: PipelineHint, _ record: inout DeliveryRecord) -> Question? {
    var gated = hint
    gated.jobs = hint.jobs.filter {
      plan.service(instance: hint.instance, project: hint.project.id, path: hint.project.path, environment: $0.environment, tier: $0.tier)
        != nil
    }
    guard !gated.jobs.isEmpty else {
      record.reason = "no job of pipeline \(hint.pipeline) waits for a gated environment"
      return nil
    }
    let jobs = gated.jobs.map { String($0.id) }.joined(separator: ",")
    record.meaning = String("pipeline/\(hint.project.id)/\(hint.pipeline)/\(jobs)".prefix(255))
    return .locate(gated)
  }

  /// A sending under a key that is known changes nothing; another hook's word for what is known is written down as that.
  private func receiveAgain(_ record: DeliveryRecord, in transaction: Transaction) throws -> Receipt {
    if let key = record.idempotencyKey, try transaction.hasDelivery(instance: record.instance, idempotencyKey: key) {
      return Receipt(result: .duplicate, reason: "this idempotency key was received before")
    }
    var record = record
    record.result = .duplicate
    record.reason = "the same was received before under another idempotency key"
    record.body = nil
    try transaction.insert(record)
    return Receipt(result: record.result, reason: record.reason)
  }
}

extension PipelineHint {
  /// As the outbox keeps it.
  var json: JSONValue {
    [
      "instance": .string(instance), "project": .integer(project.id), "path": .string(project.path), "url": .optional(project.webURL),
      "pipeline": .integer(pipeline),
      "jobs": .array(jobs.map { ["id": .integer($0.id), "environment": .string($0.environment), "tier": .optional($0.tier)] }),
    ]
  }

  init?(json: JSONValue) {
    guard let instance = json["instance"]?.string, let id = json["project"]?.integer, let path = json["path"]?.string,
      let pipeline = json["pipeline"]?.integer
    else { return nil }
    let jobs = (json["jobs"]?.array ?? []).compactMap { job -> WaitingJob? in
      guard let id = job["id"]?.integer, let environment = job["environment"]?.string else { return nil }
      return WaitingJob(id: id, environment: environment, tier: job["tier"]?.string)
    }
    self.init(instance: instance, project: Project(id: id, path: path, webURL: json["url"]?.string), pipeline: pipeline, jobs: jobs)
  }
}
