import GitLabSimulator
import HTTPMessages
import JSON
import Synchronization
import Testing

/// A network that loses webhooks, sends them twice, holds them back and shuffles them, by chance from a seed: the end is the same.
@Suite struct DisorderTests {
  @Test("webhooks arrive in no order, twice, late or never", arguments: [1, 2, 3, 4] as [UInt64])
  func disorder(seed: UInt64) async throws {
    let release: World.Release = seed % 2 == 0 ? .v18 : .v19
    try await House.with(HouseSettings(release: release, hookEvents: [], reconcileEvery: "1s")) { house in
      house.gitLabSendsHooksToNobody(HouseSettings(release: release).events)
      let postman = Postman(house: house, seed: seed)
      let ends = ["Deployed", "Rejected", "Canceled", "Deployed"]
      try await withThrowingTaskGroup { group in
        for end in ends {
          group.addTask {
            try await house.live(until: end)
            postman.noteEnd()
          }
        }
        group.addTask {
          try await eventually("the stories to end") {
            try await postman.goRound()
            return postman.ended == ends.count
          }
        }
        try await group.waitForAll()
      }
      // What was held back comes when all is over, the newest first.
      let before = try await house.changes()
      try await postman.deliverTheRest()
      try await house.rests()
      #expect(try await house.changes() == before)
      #expect(before.count == ends.count)
      #expect(postman.delivered > 4, "seed \(seed) delivers next to nothing")
      try await house.isSound()
    }
  }
}

/// Takes the hooks that GitLab could not deliver, and brings them or not.
private final class Postman: Sendable {
  private struct Bag {
    var chance: SeededGenerator
    var taken = 0
    var held: [Request] = []
    var delivered = 0
    var ended = 0
  }

  private let house: House
  private let bag: Mutex<Bag>

  init(house: House, seed: UInt64) {
    self.house = house
    bag = Mutex(Bag(chance: SeededGenerator(seed: seed)))
  }

  var delivered: Int { bag.withLock { $0.delivered } }

  /// How many stories need no more hooks.
  var ended: Int { bag.withLock { $0.ended } }

  func noteEnd() { bag.withLock { $0.ended += 1 } }

  /// Loses a third of what is new, doubles a third, and brings about half of what it holds, in any order.
  func goRound() async throws {
    let sent = house.sentHooks.map(\.delivery.request)
    let now = bag.withLock { bag in
      for hook in sent.dropFirst(bag.taken) {
        bag.held += Array(repeating: hook, count: Int.random(in: 0...2, using: &bag.chance))
      }
      bag.taken = max(bag.taken, sent.count)
      bag.held.shuffle(using: &bag.chance)
      let now = Array(bag.held.prefix((bag.held.count + 1) / 2))
      bag.held.removeFirst(now.count)
      return now
    }
    try await bring(now)
  }

  func deliverTheRest() async throws {
    try await bring(house.sentHooks.map(\.delivery.request).reversed())
  }

  private func bring(_ hooks: [Request]) async throws {
    for hook in hooks {
      let got = try await house.deliver(hook)
      #expect(got.status == 200, "\(got)")
      bag.withLock { $0.delivered += 1 }
    }
  }
}

extension House {
  fileprivate func gitLabSendsHooksToNobody(_ events: Set<World.Hook.Event>) {
    gitlab.with { _ = $0.addHook(url: "http://127.0.0.1:1/webhooks/gitlab", token: HouseSettings.webhookToken, events: events) }
  }

  /// One deployment from its push to its end.
  fileprivate func live(until end: String) async throws {
    let pipeline = deploy("Ends as \(end)")
    let key = try await opened(pipeline)
    switch end {
    case "Deployed": #expect(try await decide(key, "approved", as: "alice").status == 201)
    case "Rejected": #expect(try await decide(key, "rejected", as: "alice").status == 201)
    default: gitlab.with { $0.cancelPipeline(pipeline.pipelineID) }
    }
    let change = try await change(key, reaches: end)
    #expect(change["out_of_band"]?.bool == false, "\(end)")
    try await eventually("the callbacks of \(key) to be settled") { () -> Sighting<Void> in
      let states = try await self.change(key).callbackStates
      return states.allSatisfy { $0.hasSuffix(" delivered") } ? .found(()) : .notYet("\(states)")
    }
    let expected = ["Deployed": ["approved", "played"], "Rejected": ["rejected", "job rejected"]]
    #expect(deeds(on: pipeline) == expected[end] ?? [], "\(end)")
  }
}
