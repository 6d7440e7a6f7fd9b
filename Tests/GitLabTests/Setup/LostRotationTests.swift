import Calendar
import Testing

@testable import GitLab

/// Which of an account's tokens a rotation has made whose answer was lost.
@Suite struct LostRotationTests {
  private static let now = DoctorSamples.now
  private static let rotation = LostRotation(name: "gate", old: 11, known: [11, 12], askedAt: now)

  /// - Parameter age: how long after the question it was made, in seconds.
  private static func token(_ id: Int64, _ name: String = "gate", _ age: Int64? = 1, isActive: Bool = true) -> AccessTokenReading {
    var token = SetupSamples.token(id, name: name, isActive: isActive)
    token.createdAt = age.map { now + .seconds($0) }
    return token
  }

  private static func used(_ id: Int64) -> AccessTokenReading {
    var token = token(id)
    token.lastUsedAt = now + .seconds(10)
    return token
  }

  private static func ending(_ days: Int64) -> AccessTokenReading {
    var token = token(13)
    token.expiresAt = now + .seconds(days * 86_400)
    return token
  }

  private static var untilInAYear: LostRotation {
    var rotation = rotation
    rotation.endsOn = String((now + .seconds(365 * 86_400)).iso8601.prefix(10))
    return rotation
  }

  private static var noted: LostRotation {
    var noted = rotation
    noted.candidates = [13, 14]
    return noted
  }

  struct Case: Sendable, CustomTestStringConvertible {
    var testDescription: String
    var tokens: [AccessTokenReading]
    var made: Int64?
    var untold: [Int64] = []
    var rotation = LostRotationTests.rotation
  }

  static let cases: [Case] = [
    Case(testDescription: "the one that came then", tokens: [token(12), token(13)], made: 13),
    Case(testDescription: "the old one serves", tokens: [token(11), token(13)]),
    Case(testDescription: "none has come", tokens: [token(12)]),
    Case(testDescription: "it serves no more", tokens: [token(13, isActive: false)]),
    Case(testDescription: "another name", tokens: [token(13, "other")]),
    Case(testDescription: "made before", tokens: [token(13, "gate", -2)]),
    Case(testDescription: "within GitLab's whole second", tokens: [token(13, "gate", 0)], made: 13),
    Case(testDescription: "made long after", tokens: [token(13, "gate", 3_600)]),
    Case(testDescription: "made when a person could have made it", tokens: [token(13, "gate", 120)], untold: [13]),
    Case(
      testDescription: "when it was asked is not known", tokens: [token(13)], untold: [13],
      rotation: .init(name: "gate", old: 11, known: [11, 12], askedAt: nil)),
    Case(testDescription: "it was used, which nobody could who has it", tokens: [used(13)]),
    Case(testDescription: "one of two was used", tokens: [used(13), token(14)], made: 14),
    Case(testDescription: "two were noted, and one was used since", tokens: [used(13), token(14)], untold: [14], rotation: noted),
    Case(testDescription: "one of two is revoked, which may be it", tokens: [token(13, isActive: false), token(14)], untold: [14]),
    Case(testDescription: "one of another name is revoked", tokens: [token(13, "other", isActive: false), token(14)], made: 14),
    Case(testDescription: "with the end that was asked for", tokens: [ending(365)], made: 13, rotation: untilInAYear),
    Case(testDescription: "with the week of a GitLab that takes none", tokens: [ending(7)], made: 13, rotation: untilInAYear),
    Case(testDescription: "with another end than was asked for", tokens: [ending(30)], untold: [13], rotation: untilInAYear),
    Case(testDescription: "two have come", tokens: [token(13), token(14)], untold: [13, 14]),
    Case(testDescription: "one of two is of another time", tokens: [token(13), token(14, "gate", 3_600)], made: 13),
    Case(testDescription: "GitLab does not say when", tokens: [token(12, "gate", nil), token(13, "gate", nil)], made: 13),
    Case(
      testDescription: "none was listed then", tokens: [token(12, "gate", -60), token(13)], made: 13,
      rotation: .init(name: "gate", old: 11, known: nil, askedAt: now)),
    Case(
      testDescription: "none was listed, and no time", tokens: [token(13)], untold: [13],
      rotation: .init(name: "gate", old: 11, known: nil, askedAt: nil)),
    Case(
      testDescription: "nothing was noted, as former versions did", tokens: [token(12), token(13)], untold: [12, 13],
      rotation: .init(name: "gate", old: nil, known: nil, askedAt: nil)),
    Case(
      testDescription: "nothing was noted, and none has the name", tokens: [token(13, "other")],
      rotation: .init(name: "gate", old: nil, known: nil, askedAt: nil)),
    Case(testDescription: "older than the old one", tokens: [token(10)]),
    Case(testDescription: "two were noted, and serve", tokens: [token(13), token(14)], untold: [13, 14], rotation: noted),
    Case(testDescription: "two were noted, and somebody has ended one", tokens: [token(14)], rotation: noted),
    Case(
      testDescription: "two were noted, and a third has come", tokens: [token(13), token(14), token(15)], untold: [13, 14], rotation: noted),
  ]

  @Test("is told by what was known before, or not at all", arguments: cases) func verdict(_ one: Case) {
    let expected: LostRotation.Verdict =
      if let made = one.made, let token = one.tokens.first(where: { $0.id == made }) { .made(token) } else if one.untold.isEmpty {
        .nothing
      } else {
        .untold(one.tokens.filter { one.untold.contains($0.id) })
      }
    #expect(one.rotation.verdict(among: one.tokens) == expected)
  }

  @Test("is kept in the record, and a record of anything else is none") func record() {
    var trace = SetupTrace(SetupChange(.token, in: .instance, name: "gate"), account: 97)
    #expect(LostRotation(trace) == nil)
    trace.before = Self.rotation.json
    #expect(LostRotation(trace) == Self.rotation && SetupTrace(trace.json).flatMap(LostRotation.init) == Self.rotation)
    trace.before = Self.noted.json
    #expect(LostRotation(trace) == Self.noted)
    trace.before = ["rotates": true]
    #expect(LostRotation(trace) == .init(name: "gate", old: nil, known: nil, askedAt: nil))
  }

  @Test(
    "what cannot be told is a line of the plan, and what to do depends on whether it is noted",
    arguments: [nil, [13, 14]] as [Set<Int64>?])
  func untold(_ candidates: Set<Int64>?) {
    var survey = SetupSamples.whole()
    survey.tokens = [SetupSamples.token(11), Self.token(13), Self.token(14)]
    var memory = SetupMemory()
    var rotation = LostRotation(name: "gate", old: 9, known: [9], askedAt: Self.now)
    rotation.candidates = candidates
    memory.lostRotations = [rotation]
    let plan = SetupPlan(SetupSamples.target(), survey, memory)
    let line = plan.steps.first { $0.mark == .cannot && $0.subject == "access token gate" }
    let words = candidates == nil ? "`gatehouse setup apply`" : "revoke the one that nobody uses"
    #expect(plan.revocations.isEmpty && line?.notes.first?.contains(words) == true && line?.notes.first?.contains("(id 14") == true)
  }

  @Test("the plan ends the one that nobody has, and no other") func plan() {
    var survey = SetupSamples.whole()
    survey.tokens = [SetupSamples.token(11), Self.token(12), Self.token(13)]
    var memory = SetupMemory()
    memory.lostRotations = [.init(name: "gate", old: 9, known: [9, 12], askedAt: Self.now)]
    #expect(SetupPlan(SetupSamples.target(), survey, memory).revocations.map(\.existingID) == [13])
    memory.lostRotations = [.init(name: "gate", old: nil, known: nil, askedAt: nil)]
    #expect(SetupPlan(SetupSamples.target(), survey, memory).revocations.isEmpty)
  }
}
