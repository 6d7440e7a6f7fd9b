import Testing

@testable import Simulation

/// The checkers judge the code; here they are judged themselves, by what is known of old.
@Suite struct CheckerTests {
  @Test(
    "SHA-256 of FIPS 180-4's own examples, and of lengths around a block",
    arguments: [
      ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
      ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
      (
        "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
      ),
      (
        "abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmnhijklmnoijklmnopjklmnopqklmnopqrlmnopqrsmnopqrstnopqrstu",
        "cf5b16a778af8380036ce59e7b0492370b249b11e8f07a51afac45037afee9d1"
      ),
    ])
  func sha256(_ text: String, _ digest: String) { #expect(SHA256.text(Array(text.utf8)) == digest) }

  @Test(
    "times as the log writes them",
    arguments: [
      (0, "1970-01-01T00:00:00.000Z"), (1_709_210_096_007, "2024-02-29T12:34:56.007Z"), (1_788_426_902_000, "2026-09-03T09:15:02.000Z"),
    ])
  func times(_ milliseconds: Int64, _ text: String) { #expect(Books.Entry.iso(milliseconds) == text) }

  @Test("the oracle lets through what the rules allow, and nothing else")
  func oracle() {
    func oracle(_ edit: (inout Oracle) -> Void = { _ in }) -> String? {
      var oracle = Oracle(
        book: Rulebook(), change: OracleExamples.change, words: [OracleExamples.word("alice"), OracleExamples.word("bob")], overrides: [],
        tier: "production", chronicle: Chronicle(), now: 1_000, trueNow: 1_000)
      oracle.book.rules = [.init(approver: .listed("managers"), required: 2)]
      oracle.chronicle.asked(deployment: 815, by: "dana", author: "dana")
      edit(&oracle)
      return oracle.objectionToAllowing()
    }
    #expect(oracle() == nil)
    #expect(oracle { $0.words.removeLast() } != nil)
    #expect(oracle { $0.words[1].user = "alice" } != nil, "one person is one")
    #expect(oracle { $0.words[1].user = "sven" } != nil, "who is not in the group")
    #expect(oracle { $0.words[1].step = "Planning" } != nil, "said in another step")
    #expect(oracle { $0.words[1].effectiveAt = 2_000 } != nil, "not yet")
    #expect(
      oracle {
        $0.words.append(OracleExamples.word("carol", "rejected"))
        $0.words[2].comment = "no"
      } != nil)
    #expect(oracle { $0.chronicle.asked(deployment: 815, by: "bob", author: nil) } != nil, "one's own deployment")
    #expect(oracle { $0.book.freezes = [.init(start: 0, end: 2_000)] } != nil)
    #expect(
      oracle {
        $0.book.freezes = [.init(start: 0, end: 2_000)]
        $0.book.letsOverrideFreezes = true
        $0.overrides = ["carol", "olu"].map { .init(user: $0, at: 900) }
      } == nil)
    let again = Rulebook.RecurringFreeze(minutes: 2, lasting: 30_000)
    func frozen(at now: Int64) -> String? { oracle { ($0.book.recurringFreeze, $0.now) = (again, now) } }
    #expect(frozen(at: 29_999) != nil && frozen(at: 30_000) == nil && frozen(at: 119_999) == nil && frozen(at: 240_000) != nil)
    // Who has looked past one of them has not looked past the next.
    #expect(
      oracle {
        ($0.book.recurringFreeze, $0.book.letsOverrideFreezes, $0.now) = (again, true, 120_001)
        $0.overrides = ["carol", "olu"].map { .init(user: $0, at: 900) }
      } != nil)
    // Nobody's word is needed for what is nothing but documents.
    func unsaid(_ isDocuments: Bool, isRule: Bool = true) -> String? {
      oracle {
        ($0.words, $0.book.approvesDocuments) = ([], isRule)
        $0.chronicle.asked(deployment: 815, by: "dana", author: "dana", isDocuments: isDocuments)
      }
    }
    #expect(unsaid(true) == nil && unsaid(false) != nil && unsaid(true, isRule: false) != nil)
    #expect(oracle { $0.change.stepsPassed = [] } != nil)
    #expect(oracle { $0.change.plannedStart = 1_001 } != nil)
    #expect(oracle { $0.change.glassBy = "bob" } != nil, "nobody may break it")
    #expect(
      oracle {
        $0.words = []
        $0.book.letsBreakGlass = true
        $0.change.glassBy = "bob"
      } == nil)
    // bob is in both groups: he fills the seat that only he can.
    #expect(
      oracle {
        $0.book.rules = [.init(approver: .listed("managers"), required: 1), .init(approver: .listed("security"), required: 1)]
        $0.words = [OracleExamples.word("bob"), OracleExamples.word("alice")]
      } == nil)
    // A later stage opens once the one before it is met.
    func staged(_ users: String...) -> String? {
      oracle {
        $0.book.rules = [.init(approver: .listed("managers"), required: 1), .init(approver: .listed("security"), required: 1, stage: 2)]
        $0.words = users.map { OracleExamples.word($0) }
      }
    }
    #expect(staged("alice", "sven") == nil)
    #expect(staged("sven", "alice") != nil)
    // bob's yes was one for the managers when he said it, and the stage of the others was not open.
    #expect(staged("bob", "alice") != nil)
    #expect(oracle { $0.words[1].representedAs = "managers" } == nil)
    #expect(oracle { $0.words[1].representedAs = "security" } != nil, "spoke for a rule that there is not")
    #expect(oracle { $0.book.commentAlways = true } != nil)
    #expect(
      oracle {
        $0.book.commentAlways = true
        for index in $0.words.indices { $0.words[index].comment = "fine" }
      } == nil)
  }

  @Test("whoever asked for a deployment is known under a new name where GitLab has shown it, or a list by which the policy goes must")
  func renamed() {
    func saysYes(at now: Int64, renamedAt: Int64, rules: [Rulebook.Rule], shown: Set<String> = []) -> String? {
      var oracle = Oracle(
        book: Rulebook(), change: OracleExamples.change, words: ["alicia", "bob", "carol"].map { OracleExamples.word($0) }, overrides: [],
        tier: "production", chronicle: Chronicle(), requesterNames: shown, now: now, trueNow: now, freshness: Oracle.turned)
      oracle.book.groups["managers"] = ["alicia", "bob", "carol"]
      oracle.book.rules = rules
      oracle.chronicle.asked(deployment: 815, by: "alice", author: nil)
      oracle.chronicle.renamed(at: renamedAt)
      return oracle.objectionToAllowing()
    }
    let listed = [Rulebook.Rule(approver: .listed("managers"), required: 3)]
    #expect(saysYes(at: 100_000, renamedAt: 0, rules: listed) == nil, "GitLab is not asked of people who are listed")
    #expect(saysYes(at: 100_000, renamedAt: 0, rules: listed, shown: ["alice", "alicia"]) != nil)
    let mixed = [Rulebook.Rule(approver: .listed("managers"), required: 2), .init(approver: .gitLabGroup("acme/payments"), required: 1)]
    #expect(saysYes(at: 100_000, renamedAt: 0, rules: mixed) != nil, "the list was read after that")
    #expect(saysYes(at: 100_000, renamedAt: 80_000, rules: mixed) == nil, "a list of before still stands")
    #expect(saysYes(at: 100_000, renamedAt: 80_000, rules: mixed, shown: ["alicia"]) != nil)
  }

  @Test("what is said when the time is over counts where enough was said in it, and GitLab had still to tell who belongs to a group")
  func saidTooLate() {
    func late(_ rules: [Rulebook.Rule], firstYes: [String: Int64]) -> String? {
      var oracle = Oracle(
        book: Rulebook(), change: OracleExamples.change, words: ["alice", "bob", "carol"].map { OracleExamples.word($0) }, overrides: [],
        tier: "production", chronicle: Chronicle(), now: 100_000, trueNow: 100_000)
      (oracle.book.rules, oracle.book.expiresAfter, oracle.firstYes) = (rules, 60_000, firstYes)
      oracle.words[2].at = oracle.change.createdAt + 63_000
      oracle.chronicle.asked(deployment: 815, by: "dana", author: nil)
      return oracle.objectionToAllowing()
    }
    let listed = [Rulebook.Rule(approver: .listed("managers"), required: 3)]
    let mixed = [Rulebook.Rule(approver: .listed("managers"), required: 2), .init(approver: .gitLabGroup("acme/payments"), required: 1)]
    let created = OracleExamples.change.createdAt
    let inTime = ["alice": created, "bob": created, "carol": created + 60_000]
    #expect(late(mixed, firstYes: inTime) == nil, "she has said it anew")
    #expect(late(listed, firstYes: inTime) != nil, "nothing was to be heard")
    #expect(late(mixed, firstYes: inTime.merging(["carol": created + 63_000]) { $1 }) != nil)
  }

  @Test("the ledger wants an entry for each change of state, and one that fits")
  func ledger() {
    let before = OracleExamples.change
    var after = before
    after.revision += 1
    after.status = "Deploying"
    #expect(Ledger.objection(to: after, after: before, told: []) != nil)
    #expect(Ledger.objection(to: after, after: before, told: [OracleExamples.entry(from: "Approved", to: "Deploying")]) == nil)
    #expect(Ledger.objection(to: after, after: before, told: [OracleExamples.entry(from: "Expired", to: "Deploying")]) != nil)
    after = before
    after.revision += 1
    after.policy = "people-2"
    #expect(Ledger.objection(to: after, after: before, told: []) != nil)
    let followed = OracleExamples.entry("change.policy", #"{"before":{"policy":"people"},"policy":"people-2"}"#)
    #expect(Ledger.objection(to: after, after: before, told: [followed]) != nil, "it was decided")
    var (waiting, following) = (before, after)
    (waiting.gate, following.gate) = ("awaiting", "awaiting")
    #expect(Ledger.objection(to: following, after: waiting, told: [followed]) == nil)
    after = before
    after.risk = "high"
    #expect(Ledger.objection(to: after, after: before, told: []) != nil, "no new revision")
    after = before
    after.revision += 1
    after.gate = "prevented"
    #expect(Ledger.objection(to: after, after: before, told: []) != nil)
  }

  @Test("what is told of people is what they asked for, as their role lets them, and on no later revision than they insisted on")
  func deeds() {
    var deeds = Deeds()
    func objection(_ action: String, by user: String, to request: String, after revision: Int64 = 3) -> String? {
      var entry = OracleExamples.entry(action, #"{"request_id":"\#(request)"}"#)
      entry.actor = user
      return deeds.objection(to: [entry], after: revision)
    }
    deeds.note("1", by: "carol", change: "CHG-1", revision: 3)
    deeds.note("2", by: "bob", change: "CHG-1", revision: nil)
    #expect(objection("approval.recorded", by: "carol", to: "1") == nil)
    #expect(objection("approval.recorded", by: "carol", to: "1", after: 4) != nil, "not what she has seen")
    #expect(objection("approval.recorded", by: "carol", to: "2") != nil, "bob's")
    #expect(objection("approval.recorded", by: "carol", to: "3") != nil, "nobody's")
    #expect(objection("change.edited", by: "carol", to: "1") != nil, "an approver")
    #expect(objection("change.edited", by: "bob", to: "2") == nil)
    #expect(objection("gate.turned", by: "gatehouse", to: "1", after: 4) == nil, "the gate's own")
    #expect(objection("callback.delivered", by: "carol", to: "1") != nil, "nobody's but the gate's")
  }

  @Test("a change that waits goes by what is named for its workflow, and one that was decided by what decided it")
  func following() {
    var named = Rulebook()
    (named.name, named.former) = ("people-2", [Rulebook()])
    var waiting = OracleExamples.change
    waiting.gate = "awaiting"
    var followed = waiting
    followed.policy = "people-2"
    #expect(Following.objection(to: followed, after: waiting, under: [named]) == nil)
    #expect(Following.objection(to: followed, after: OracleExamples.change, under: [named]) != nil, "decided")
    #expect(Following.objection(to: waiting, after: followed, under: [named]) != nil, "named no more")
    #expect(Following.policy(of: waiting, under: named) == "people-2")
    #expect(Following.policy(of: OracleExamples.change, under: named) == "people")
    named.workflow = .itsm
    #expect(Following.objection(to: followed, after: waiting, under: [named]) != nil, "meant for another workflow")
    #expect(Following.policy(of: waiting, under: named) == "people")
    #expect(named.rules(of: waiting, isDecided: false)?.name == "people")
    named.former = []
    #expect(named.rules(of: waiting, isDecided: false) == nil)
  }
}

private enum OracleExamples {
  static let change = Books.Change(
    id: 1, deployment: 815, environment: "production", status: "Approved", gate: "allowed", revision: 3, type: "normal", isOutOfBand: false,
    stepsPassed: ["Awaiting approval"], createdAt: 0, decidedAt: 900, decidedBy: nil, glassBy: nil, reviewedBy: nil, risk: nil, reason: nil,
    plannedStart: nil, plannedEnd: nil)

  static func word(_ user: String, _ status: String = "approved") -> Books.Word {
    Books.Word(user: user, status: status, step: "Awaiting approval", at: 100, effectiveAt: nil)
  }

  static func entry(from: String, to: String) -> Books.Entry { entry("change.status", #"{"from":"\#(from)","to":"\#(to)"}"#) }

  static func entry(_ action: String, _ detail: String) -> Books.Entry {
    Books.Entry(seq: 9, at: 950, actor: "gatehouse", action: action, change: 1, detail: detail, previousHash: "", hash: "")
  }
}
