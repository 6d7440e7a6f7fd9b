package import Calendar
package import HTTPMessages

extension World {
  /// A webhook of a project or of a group.
  package struct Hook: Identifiable, Sendable {
    package enum Event: String, Sendable, CaseIterable {
      case deployment = "Deployment Hook"
      case pipeline = "Pipeline Hook"
      case job = "Job Hook"
      case push = "Push Hook"

      /// The flag that asks for it.
      var flag: String {
        switch self {
        case .deployment: "deployment_events"
        case .pipeline: "pipeline_events"
        case .job: "job_events"
        case .push: "push_events"
        }
      }

      /// What the log of events and the test of a hook call it.
      var trigger: String {
        switch self {
        case .deployment: "deployment_hooks"
        case .pipeline: "pipeline_hooks"
        case .job: "job_hooks"
        case .push: "push_hooks"
        }
      }
    }

    package let id: Int64
    package var owner: Source
    package var url: String
    package var name: String?
    package var events: Set<Event>
    /// Sent as it is in `X-Gitlab-Token`.
    package var token: String?
    /// `whsec_` and 32 bytes in base64 (GitLab 19.0). Older releases take it in silence and do not sign.
    package var signingToken: String?
    package var createdAt: Instant
    package var description: String?
    package var verifiesTLS = true

    package internal(set) var consecutiveFailures = 0
    package internal(set) var pauses = 0
    package internal(set) var disabledUntil: Instant?
    package internal(set) var isDisabledForGood = false
    package internal(set) var lastAnswer: Answer?

    package init(
      id: Int64, owner: Source, url: String, events: Set<Event>, token: String? = nil, signingToken: String? = nil, createdAt: Instant
    ) {
      self.id = id
      self.owner = owner
      self.url = url
      self.events = events
      self.token = token
      self.signingToken = signingToken
      self.createdAt = createdAt
    }
  }

  /// One hook for one event, ready to be sent.
  package struct HookDelivery: Identifiable, Sendable, Hashable {
    package let id: Int64
    package let hookID: Int64
    package let event: Hook.Event
    package let idempotencyKey: String
    package let request: Request
  }

  /// What came of one event for one hook.
  package struct DeliveryRecord: Sendable {
    package enum Outcome: Sendable, Hashable {
      case sent(Answer)
      /// The hook was switched off at the time. The event is gone.
      case droppedWhileDisabled
      /// The event was caused by this very hook (facts B, "Recursion").
      case suppressedAsRecursion
    }

    package var at: Instant
    package var hookID: Int64
    package var event: Hook.Event
    package var delivery: HookDelivery?
    package var outcome: Outcome
  }

  /// Takes the hooks that are to be sent. GitLab promises no order.
  package mutating func takeDeliveries() -> [HookDelivery] {
    defer { outbox = [] }
    return outbox
  }

  /// Says what came of a delivery. GitLab does not send again; it counts failures and may switch the hook off.
  package mutating func settle(_ delivery: HookDelivery, with answer: Answer) {
    deliveries.append(DeliveryRecord(at: now, hookID: delivery.hookID, event: delivery.event, delivery: delivery, outcome: .sent(answer)))
    answerAwaiting(delivery, answer)
    guard var hook = hooks.find(delivery.hookID) else { return }
    hook.lastAnswer = answer
    if case .success(let response) = answer, (200..<400).contains(response.status.code) {
      hook.consecutiveFailures = 0
      hook.pauses = 0
      hook.disabledUntil = nil
      // Only a test reaches a hook that is switched off for good; one that goes well switches it on again.
      hook.isDisabledForGood = false
    } else {
      hook.consecutiveFailures += 1
      if instance.disablesFailingHooks { pause(&hook) }
    }
    hooks[hook.id] = hook
  }

  private func pause(_ hook: inout Hook) {
    if hook.consecutiveFailures >= (instance.has(.patientHooks) ? Limits.failuresUntilDisabled : Limits.failuresUntilPause) {
      hook.isDisabledForGood = true
    } else if hook.consecutiveFailures >= Limits.failuresUntilPause {
      let length = Limits.firstPause * (1 << min(hook.pauses, 20))
      hook.disabledUntil = now + min(length, Limits.longestPause)
      hook.pauses += 1
    }
  }

  /// Sends a recorded delivery again, as "Resend Request" does: same data, same idempotency key.
  package mutating func resend(_ delivery: HookDelivery) {
    guard let hook = hooks.find(delivery.hookID) else { return }
    outbox.append(
      makeDelivery(hook, delivery.event, body: delivery.request.body, idempotencyKey: delivery.idempotencyKey, cause: random.uuid()))
  }
}
