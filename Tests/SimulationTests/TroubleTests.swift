import Calendar
import GitLabSimulator
import Storage
import TestSupport
import Testing

@testable import Simulation

/// What is counted has struck, and what is promised to strike does.
@Suite struct TroubleTests {
  private let folder = TemporaryFolder()

  @Test("a disk that fails counts when the process is told of it")
  func struck() throws {
    var count = 0
    let disk = Disk(chance: Chance(seed: 1)) { _ in count += 1 }
    let connection = try Connection(path: folder.file("full.db"), access: .readWrite)
    disk.stand(before: connection)
    disk.trouble = (1, .full)
    #expect(count == 0, "nobody has written")
    #expect(throws: StorageError.self) { try connection.transaction(at: .init(milliseconds: 0)) { _ in } }
    #expect(count == 1)
  }

  @Test("a crash that is to come strikes a process that starts, and once")
  func recovery() throws {
    let disk = Disk(chance: Chance(seed: 1)) { _ in }
    disk.kill(at: .init(point: nil, count: 1))
    disk.revive()
    let connection = try Connection(path: folder.file("recovery.db"), access: .readWrite)
    disk.stand(before: connection)
    #expect(throws: StorageError.self) { try connection.transaction(at: .init(milliseconds: 0)) { _ in } }
    #expect(disk.isDead)
    disk.revive()
    try connection.transaction(at: .init(milliseconds: 0)) { _ in }
    #expect(!disk.isDead)
  }

  @Test("an answer is lost after the effect only where there was one")
  func lostAnswers() {
    #expect(Fate.answerLost.happening(hasActed: true) == .answerLost)
    #expect(Fate.answerLost.happening(hasActed: false) == .readingLost)
    #expect(Fate.spoiled(.resetAfterEffect).happening(hasActed: true) == .reset)
    #expect(Fate.arrives.happening(hasActed: true) == nil && Fate.answerLost.happening == nil)
  }

  @Test("from a reload on only the rules that it brings are in force")
  func reload() {
    var (chronicle, next) = (Chronicle(), Rulebook())
    next.preventsSelf = false
    chronicle.ruled(by: Rulebook(), at: 0)
    chronicle.ruled(by: next, at: 1_000)
    #expect(chronicle.rulebooks(around: 999) == [Rulebook()])
    #expect(chronicle.rulebooks(around: 1_000) == [next])
  }

  @Test(
    "a round of reconciling begins within one interval of peace, or of the quiet that GitLab has asked for",
    arguments: [(0, 0, false), (1, 0, true), (1, 1, false), (2, 1, true)])
  func rounds(lateBy late: Int64, quietFor quiet: Int64, isViolation: Bool) throws {
    let outcome = try Simulator(seed: 8).live { life in
      let rounds = life.rounds
      let latest = life.now + life.options.rulebook.reconcileEvery
      rounds.expect()
      rounds.waits("main", until: latest + quiet)
      life.goOn(until: latest + late)
      rounds.begins("main")
      rounds.ends("main", isWhole: false)
      #expect(!rounds.areDone, "its list was not read to the end")
      rounds.begins("main")
      rounds.ends("main", isWhole: true)
      #expect((life.violation != nil) == isViolation)
      // It is not to be lived.
      life.violate("enough")
    }
    #expect(outcome.violation != nil)
  }

  @Test("whoever approves in GitLab what another has deleted meanwhile stops nothing")
  func deleted() throws {
    _ = try Simulator(seed: 9).live { life in
      let gitLab = life.gitLabs[0]
      gitLab.neighbours.push(by: "dana", to: "production")
      guard let deployment = gitLab.world.deployments.all.last else { return life.violate("nothing is deployed") }
      gitLab.neighbours.approveToo(deployment)
      gitLab.delete(deployment)
      life.goOn(until: life.now + 20_000)
      #expect(life.violation == nil)
      life.violate("enough")
    }
  }

  @Test("what failed before its job began brings no version that an older one would replace")
  func failedBefore() throws {
    _ = try Simulator(seed: 10).live { life in
      let gitLab = life.gitLabs[0]
      gitLab.neighbours.push(by: "dana", to: "production")
      guard let deployment = gitLab.world.deployments.all.last else { return life.violate("nothing is deployed") }
      life.goOn(until: life.now + 20_000)
      #expect(Order.bringsItsVersion(deployment.id, in: gitLab))
      gitLab.happens("it is rejected") { _ = try? $0.decide(deployment: deployment.id, .rejected, by: Demo.accountName, comment: "no") }
      #expect(gitLab.world.deployments.find(deployment.id)?.status == .failed)
      #expect(!Order.bringsItsVersion(deployment.id, in: gitLab))
      life.violate("enough")
    }
  }
}
