import Calendar
import GitLabSimulator
import HTTPMessages
import HTTPTypes
import JSON

/// Between the gate and GitLab, both ways: what is sent may come late, twice, spoiled or not at all.
final class Network {
  /// As the server's client: how long it waits for an answer.
  static let patience: Int64 = 30_000
  static let mostInAMinute = 400

  private unowned let gitLab: GitLabInstance
  private unowned let life: Life
  /// GitLab is out of reach until then.
  var outageEnds: Int64 = 0
  private var waiting: [Int: (Answer) -> Void] = [:]
  private var count = 0
  /// The conversations that have read their deployment, and not acted since, with what they have read.
  private var read: [String: JSONValue] = [:]
  private var deliveries = Deliveries()
  private var requests: (minute: Int64, count: Int) = (0, 0)
  private var hasLostAnApproval = false
  private var order = Order()
  private var hasBeenLate = false
  private var hasDied = false
  private var hasDenied = false

  init(gitLab: GitLabInstance, life: Life) { (self.gitLab, self.life) = (gitLab, life) }

  private var chance: Chance { life.chance }

  // MARK: The gate asks

  func send(_ request: Request, _ hear: @escaping (Answer) -> Void) {
    count += 1
    let number = count
    waiting[number] = hear
    expectReading(before: request)
    if let objection = order.objection(toSending: request, number, to: gitLab, life) { life.violate(objection) }
    if let deployment = Order.deployment(letGoBy: request, in: gitLab) {
      if request.head.path?.hasSuffix("/play") ?? false {
        life.starts.send(of: deployment.id, to: gitLab.name)
      } else if life.options.requestersStart {
        gitLab.neighbours.approveToo(deployment)
      }
    }
    func answer(_ answer: Answer, after delay: Int64, as happening: Happening? = nil) {
      life.after(delay) { [self] in
        guard let hear = waiting.removeValue(forKey: number) else { return }
        if let happening { life.happened(happening) }
        order.answered(number)
        note(answer, to: request)
        hear(answer)
      }
    }
    let born = life.node.incarnation
    func reach(_ fate: Fate, after delay: Int64, _ then: @escaping (Answer) -> Void) {
      life.after(delay) { [self] in
        let fault: Fault.Action? = if case .spoiled(let action) = fate { action } else { nil }
        let (answer, hasActed) = gitLab.hears(request, spoiled: fault)
        if let happening = fate.happening(hasActed: hasActed) { life.happened(happening) }
        if hasActed, waiting[number] != nil, life.node.incarnation == born { acted(for: request) }
        then(answer)
      }
    }
    let travel = chance.within(1...60)
    let lost = Answer.failure(TransportFailure(effect: .unknown, reason: "the connection to GitLab was cut"))
    let fate: Fate = losesApproval(request) ? .answerLost : isOvertaken(request) ? .late : denied(fate())
    if let happening = fate.happening { life.happened(happening) }
    if fate.happening == .denied { life.orders.wasDenied(by: gitLab) }
    switch fate {
    case .arrives: reach(fate, after: travel) { [self] in answer($0, after: chance.within(1...60)) }
    case .refused: answer(.failure(TransportFailure(effect: .none, reason: "GitLab is not reachable")), after: 2)
    case .lostOnTheWay: answer(lost, after: chance.one(of: [travel, Network.patience]))
    case .answerLost:
      answer(lost, after: 200 + chance.one(of: [travel, Network.patience]))
      reach(fate, after: travel) { _ in }
    case .slow:
      // What the client has given up on may have its effect all the same, later.
      let tooSlow = TransportFailure(effect: .unknown, reason: "GitLab did not answer in time")
      answer(.failure(tooSlow), after: Network.patience, as: .slow)
      reach(fate, after: chance.within(2_000...45_000)) { answer($0, after: travel) }
    case .late: reach(fate, after: chance.within(8_000...25_000)) { answer($0, after: travel) }
    case .spoiled: reach(fate, after: travel) { [self] in answer($0, after: chance.within(1...60)) }
    }
  }

  /// GitLab has done something, and whoever asked for it still waits for the answer. In some lives the process dies of the first time.
  private func acted(for request: Request) {
    life.acted.insert(request.head.headerFields[.requestID] ?? "")
    guard life.options.diesAfterEffect, !hasDied, !life.isQuiet else { return }
    hasDied = true
    life.node.die(because: "killed when \(gitLab.label) had acted")
  }

  /// Every answer that is waited for is a connection that was closed.
  func hangUp() {
    for number in waiting.keys.sorted() {
      life.after(0) { [self] in
        order.answered(number)
        waiting.removeValue(forKey: number)?(.failure(TransportFailure(effect: .unknown, reason: "shutting down")))
      }
    }
  }

  /// In some lives the first approval arrives, nobody hears of it, and before GitLab can be asked the policy wants more than was said.
  private func losesApproval(_ request: Request) -> Bool {
    guard life.options.losesApproval, !hasLostAnApproval, !life.isQuiet, life.now >= outageEnds, request.head.method == .post,
      (try? JSONValue.parse(request.body))?["status"]?.string == "approved"
    else { return false }
    hasLostAnApproval = true
    if life.options.isTriedAgainByHand {
      // It has arrived by then, and is not read back yet.
      life.after(100) { [gitLab] in gitLab.neighbours.block() }
    } else {
      life.trouble.outage(of: gitLab)
    }
    life.after(chance.within(1...5) * 1_000) { [life] in life.trouble.tighten() }
    return true
  }

  /// In some lives GitLab takes its time over the first approval, or the first start, of a deployment behind which a newer one waits; and meanwhile
  /// people let that through.
  private func isOvertaken(_ request: Request) -> Bool {
    guard life.options.overtakes, !hasBeenLate, !life.isQuiet, life.now >= outageEnds,
      Order.deployment(letGoBy: request, in: gitLab) != nil, request.head.path?.hasSuffix("/play") ?? false || chance.happens(0.5)
    else { return false }
    hasBeenLate = true
    for user in ["alice", "bob", "carol"] { life.after(chance.within(200...4_000)) { [life] in life.people.approveAll(as: user) } }
    return true
  }

  private func fate() -> Fate {
    if !life.isQuiet, life.now < outageEnds {
      life.happened(.outage)
      return chance.happens(0.7) ? .refused : .lostOnTheWay
    }
    guard !life.isQuiet, chance.happens(life.options.exchangeFaults) else { return .arrives }
    return chance.one(ofWeighted: [
      (3, .refused), (3, .lostOnTheWay), (5, .answerLost), (3, .slow),
      (2, .spoiled(.tooManyRequests(retryAfter: Int(chance.within(1...40))))), (1, .spoiled(.badGateway)), (1, .spoiled(.internalError)),
      (1, .spoiled(.answer(status: 401, headers: ["Content-Type": "application/json"], body: #"{"message":"401 Unauthorized"}"#))),
      (1, .spoiled(.answer(status: 403, headers: ["Content-Type": "application/json"], body: #"{"message":"403 Forbidden"}"#))),
      (1, .spoiled(.answer(status: 200, headers: ["Content-Type": "text/html"], body: "<html>sign in</html>"))),
      (1, .spoiled(.garble)), (2, .spoiled(.truncate)), (2, .spoiled(.resetAfterEffect)),
    ])
  }

  /// In some lives the first 403 is a 404: a proxy's mistake, or a moment without rights, which GitLab shows in the same way. Once, for what GitLab
  /// goes on to say is so.
  private func denied(_ fate: Fate) -> Fate {
    guard life.options.deniesOnce, !hasDenied, case .spoiled(.answer(status: 403, let fields, _)) = fate else { return fate }
    hasDenied = true
    return .spoiled(.answer(status: 404, headers: fields, body: #"{"message":"404 Not found"}"#))
  }

  // MARK: What must be so of every request

  /// No POST goes out without a reading of the deployment before it, in the same conversation.
  private func expectReading(before request: Request) {
    expectModesty()
    let secret = request.head.headerFields[.privateToken] ?? ""
    if life.options.isAdministered, secret == Administrator.token(for: gitLab.name) {
      if let objection = life.orders.objection(toSending: request, to: gitLab) { life.violate(objection) }
      return
    }
    if !gitLab.mayHear(secret) {
      life.violate("\(gitLab.label) is sent a token that is not the one that the configuration names for it")
    }
    guard request.head.method != .get else { return }
    let path = request.head.path ?? ""
    if let deployment = Order.deployment(letGoBy: request, in: gitLab),
      life.looking.isAll(request.head.headerFields[.requestID] ?? "", of: deployment.id)
    {
      return life.violate("\(path) is sent, and what it would do no longer stands by the policy")
    }
    guard let reading = read.removeValue(forKey: request.head.headerFields[.requestID] ?? "") else {
      return life.violate("\(path) is sent without a reading before it")
    }
    let (status, job) = (reading["status"]?.string ?? "", reading["deployable"]?["status"]?.string ?? "")
    let fits =
      if path.hasSuffix("/play") { job == "manual" } else if path.hasSuffix("/cancel") {
        ["manual", "created", "scheduled"].contains(job)
      } else { ["blocked", "created"].contains(status) }
    if !fits { life.violate("\(path) is sent after a reading that shows the deployment at '\(status)' and its job at '\(job)'") }
  }

  /// A circle of questions shows by their number: a busy life comes to a third of this.
  private func expectModesty() {
    let minute = life.now / 60_000
    requests = requests.minute == minute ? (minute, requests.count + 1) : (minute, 1)
    if requests.count == Network.mostInAMinute { life.violate("GitLab is asked more than \(requests.count) times in a minute") }
  }

  private func note(_ answer: Answer, to request: Request) {
    guard request.head.method == .get, case .success(let response) = answer, response.status.code == 200 else { return }
    guard request.head.path?.contains("/deployments/") ?? false else { return }
    read[request.head.headerFields[.requestID] ?? ""] = try? JSONValue.parse(response.body)
  }

  // MARK: GitLab tells

  func carry(_ delivery: World.HookDelivery) {
    guard !life.isQuiet, chance.happens(life.options.hookFaults) else {
      return post(delivery, delivery.request, after: chance.within(2...80))
    }
    // Where it is certain that something goes wrong, no webhook ever arrives.
    let fate = life.options.hookFaults >= 1 ? 0 : chance.one(ofWeighted: [(4, 0), (2, 1), (4, 2), (2, 3)])
    switch fate {
    case 0:
      life.happened(.webhookLost)
      life.note("\(gitLab.label) webhook \(delivery.id) \(delivery.event.rawValue) is lost")
      gitLab.settle(delivery, .failure(TransportFailure(effect: .unknown, reason: "lost")))
    case 1:
      life.happened(.webhookDoubled)
      post(delivery, delivery.request, after: chance.within(2...80))
      post(delivery, delivery.request, after: chance.within(2...60_000))
    case 2:
      life.happened(.webhookLate)
      post(delivery, delivery.request, after: chance.within(1_000...200_000))
    default:
      life.happened(.webhookSpoiled)
      post(delivery, delivery.request.malformed(by: chance), after: chance.within(2...80))
    }
  }

  private func acknowledged(_ delivery: World.HookDelivery, _ response: Response) {
    life.promises.acknowledged(delivery, of: gitLab.name, response)
    let result = (try? JSONValue.parse(response.body))?["result"]?.string
    if let objection = deliveries.objection(to: result, of: delivery) { life.violate(objection) }
  }

  private func post(_ delivery: World.HookDelivery, _ request: Request, after delay: Int64) {
    life.after(delay) { [self] in
      var request = request
      request.head.headerFields[.contentLength] = String(request.body.count)
      guard life.node.isUp else {
        return gitLab.settle(delivery, .failure(TransportFailure(effect: .none, reason: "nobody listens")))
      }
      // Spoiled ones too: some are read all the same.
      deliveries.reaches(delivery)
      life.node.receive(request) { [self] response in
        life.note("\(gitLab.label) webhook \(delivery.id) \(delivery.event.rawValue): \(response.status.code)")
        if response.status.code == 200 { acknowledged(delivery, response) }
        gitLab.settle(delivery, .success(response))
      }
    }
  }
}
