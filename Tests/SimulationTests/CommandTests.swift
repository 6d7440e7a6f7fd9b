import Glibc
import Synchronization
import TestSupport
import Testing

@testable import Simulation

/// What `make simulate` says, and when.
@Suite struct CommandTests {
  @Test("the options of a life are told before anything of it happens")
  func optionsFirst() throws {
    let lines = try said(["5", "2", "aloud"]).split(separator: "\n")
    #expect(lines.first?.hasPrefix("life 1: seed 5; ") == true, "\(lines.first ?? "")")
    let second = try #require(lines.firstIndex { $0.hasPrefix("life 2: seed ") })
    #expect(lines[second - 1].contains(" head "), "the end of the life before")
    #expect(lines[second + 1].hasPrefix("    0"), "and the life")
  }

  @Test("the same seed is the same lives in another process, byte for byte")
  func anotherProcess() throws {
    let one = try said(["77", "4", "aloud"])
    #expect(one.contains("simulate: seed=77 lives=4 digest="))
    #expect(try one == said(["77", "4", "aloud"]))
  }

  @Test("a life that goes round in a circle is a violation")
  func circle() throws {
    let outcome = try Simulator(seed: 3).live { life in
      func again() { life.after(0, again) }
      again()
    }
    #expect(outcome.violation?.contains("in one moment") == true)
  }

  @Test("so is one that has no end")
  func noEnd() {
    var pace = Pace()
    var (moment, objection): (Int64, String?) = (0, nil)
    while objection == nil, moment <= Int64(Pace.mostInALife) {
      moment += 1
      objection = pace.objection(toOneMoreAt: moment)
    }
    #expect(moment == Int64(Pace.mostInALife) + 1 && objection?.contains("no end") == true)
  }

  @Test("a step that does not end is told with the life's seed", .timeLimit(.minutes(1 * slowness)))
  func standstill() {
    let told = Mutex<[UInt64]>([])
    let standstill = Standstill(.init(processorTime: .milliseconds(20))) { number, seed in told.withLock { $0 = [UInt64(number), seed] } }
    standstill.begins(7, seed: 99)
    while told.withLock({ $0.isEmpty }) {}
    #expect(told.withLock { $0 } == [7, 99])
  }

  @Test("nor does one that waits for itself")
  func deadlock() async {
    let life = await withCheckedContinuation { (ended: CheckedContinuation<UInt64, Never>) in
      let standstill = Standstill(.init(processorTime: .seconds(3_600), time: .zero)) { _, seed in ended.resume(returning: seed) }
      standstill.begins(8, seed: 98)
    }
    #expect(life == 98)
  }

  /// All that the built program prints: it lies beside the tests.
  private func said(_ arguments: [String]) throws -> String {
    let folder = TemporaryFolder()
    let (output, program) = (folder.file("said"), try #require(Self.program))
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, output, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
    posix_spawn_file_actions_adddup2(&actions, STDOUT_FILENO, STDERR_FILENO)
    let child = try spawned(program, arguments, &actions)
    var status: Int32 = 0
    while waitpid(child, &status, 0) < 0 && errno == EINTR {}
    #expect(status == 0, "wait status \(status)")
    return String(decoding: bytes(ofFile: output), as: UTF8.self)
  }

  private func spawned(_ program: String, _ arguments: [String], _ actions: inout posix_spawn_file_actions_t) throws -> pid_t {
    // Where `make test-sanitize` wants to be told what is found.
    let surroundings = ["TSAN_OPTIONS", "ASAN_OPTIONS", "TMPDIR"].compactMap { name -> String? in
      guard let value = getenv(name) else { return nil }
      return name + "=" + String(cString: value)
    }
    let words: [UnsafeMutablePointer<CChar>?] = ([program] + arguments).map { strdup($0) } + [nil]
    let environment: [UnsafeMutablePointer<CChar>?] = surroundings.map { strdup($0) } + [nil]
    defer { for word in words + environment { free(word) } }
    var child: pid_t = 0
    let failure = posix_spawn(&child, program, &actions, nil, words, environment)
    try #require(failure == 0, "the program cannot be started")
    return child
  }

  private static let program: String? = {
    var buffer = [CChar](repeating: 0, count: Int(PATH_MAX) + 1)
    let length = readlink("/proc/self/exe", &buffer, Int(PATH_MAX))
    guard length > 0 else { return nil }
    let own = String(decoding: buffer[..<length].map { UInt8(bitPattern: $0) }, as: UTF8.self)
    return own.lastIndex(of: "/").map { own[..<$0] + "/Simulation" }
  }()
}
