import ChangeControl
import Testing

/// How often each act was sent out to GitLab. What GitLab has is looked at before an act, so an act that is owed twice shows in no outcome: here it is
/// counted, and goes out once, and once more only where it is not on disk what came of it.
struct Deeds {
  private var done: [String: Int] = [:]
  private var lost: [String: Int] = [:]

  mutating func carriesOut(_ instruction: Instruction) { if let name = Deeds.name(of: instruction) { done[name, default: 0] += 1 } }

  /// What came of it is not known to who goes on.
  mutating func loses(_ instruction: Instruction) { if let name = Deeds.name(of: instruction) { lost[name, default: 0] += 1 } }

  /// Whatever was written down may be gone.
  mutating func losesAll() { lost.merge(done.mapValues { _ in 1 }, uniquingKeysWith: +) }

  /// What went out more often than it had to.
  var doubled: [String] { done.filter { $0.value > 1 + lost[$0.key, default: 0] }.map { "\($0.key): \($0.value) times" }.sorted() }

  private static func name(of instruction: Instruction) -> String? {
    guard instruction.mayAct else { return nil }
    return switch instruction {
    case .inspect, .locate, .ask: nil
    case .approve(let effect): "approve \(effect.key)"
    case .play(let effect): "play \(effect.key)"
    case .reject(let effect): "reject \(effect.key)"
    case .cancel(let effect): "cancel \(effect.key)"
    }
  }
}

@Suite struct DeedsTests {
  private let approve = Instruction.approve(
    .init(
      identity: Bench.identity, sha: "", key: "CHG-1", publicURL: "", people: [], required: 1, reason: nil, ownUserID: nil,
      mayHaveBeenSent: false))

  @Test("an act goes out once more only where it was lost what came of it")
  func doubled() {
    var deeds = Deeds()
    deeds.carriesOut(.inspect(Bench.identity, project: nil, tier: nil))
    deeds.carriesOut(.inspect(Bench.identity, project: nil, tier: nil))
    deeds.carriesOut(approve)
    #expect(deeds.doubled == [])
    deeds.loses(approve)
    deeds.carriesOut(approve)
    #expect(deeds.doubled == [])
    deeds.carriesOut(approve)
    #expect(deeds.doubled == ["approve CHG-1: 3 times"])
    deeds.losesAll()
    #expect(deeds.doubled == [])
  }
}
