import ChangeControl
import Configuration
import Gate
import GitLab
import Logging
import Storage

/// The doctor's look at what can go wrong around a server: once it listens, once a configuration was read anew, and every `server.check_every`. What
/// has drifted in a GitLab since the look before is written down; the log has one line of what was found, when that is another than before.
///
/// A look has connections of its own and an end, so that it holds up no decision. Its certificates take tens of milliseconds of a processor, and
/// whoever waits for the first answer has asked for none of it.
struct ScheduledChecks: Sendable {
  /// How long the first requests have the processors to themselves.
  static let delay: Duration = .seconds(1)

  /// Where the configuration was read.
  let path: String
  let configuration: Configuration
  let gate: Gate
  let writer: Writer
  let readers: Readers
  let log: Logger

  /// Places that a line about what is not seen names.
  static let namedPlaces = 10

  /// What the log has of this process.
  private struct Told {
    var failing: [String]?
    var unseen: [String: [FootingLook.Unseen]] = [:]
  }

  /// Runs until the task is cancelled.
  func run() async {
    var told = Told()
    // What a look before could not see, before anything new is known.
    await tellUnseen(&told)
    if configuration.server.checksOnStart, (try? await Task<Never, Never>.sleep(for: ScheduledChecks.delay)) != nil {
      await look(told: &told)
    } else {
      StartPages.giveBack()
    }
    guard let every = configuration.server.checksEvery else { return }
    while (try? await Task<Never, Never>.sleep(for: jittered(every))) != nil { await look(told: &told) }
  }

  /// A tenth more or less: many gates of one GitLab do not ask at the same time.
  private func jittered(_ interval: Duration) -> Duration {
    .milliseconds(Int64(Double(interval.wholeMilliseconds) * (0.9 + 0.2 * gate.chance.fraction())))
  }

  /// Looks, gives back what only starting, and looking, took, and then says what it saw.
  private func look(told: inout Told) async {
    let paused = await pausedInstances()
    let findings = await Doctor(path: path, environment: processEnvironment()).examineReadings(configuration, leavingOut: paused) {
      await note($0)
    }
    StartPages.giveBack()
    guard !Task.isCancelled else { return }
    await tellUnseen(&told)
    let failing = findings.names(.fail)
    guard failing != told.failing else { return }
    told.failing = failing
    var metadata: Logger.Metadata = [
      "ok": "\(findings.count(.ok))", "warn": "\(findings.count(.warn))", "fail": "\(findings.count(.fail))",
    ]
    if !failing.isEmpty { metadata["failing"] = "\(failing.joined(separator: ", "))" }
    log.log(
      level: failing.isEmpty ? .notice : .warning, "looked at what the gate stands on; `gatehouse check` says all of it", metadata: metadata
    )
  }

  /// Where GitLab does not show all that could drift, nobody must have to look for that: it is said at each start, and when it is otherwise.
  private func tellUnseen(_ told: inout Told) async {
    for instance in configuration.gitlab {
      let limit = ScheduledChecks.namedPlaces + 1
      guard let unseen = try? await readers.perform({ try $0.unseen(instance: instance.name, limit: limit) }),
        unseen != told.unseen[instance.name] ?? []
      else { continue }
      told.unseen[instance.name] = unseen
      guard !unseen.isEmpty else {
        log.notice("GitLab shows all that the gate stands on again", metadata: ["instance": "\(instance.name)"])
        continue
      }
      let isMade = instance.isAdminTokenMade(database: configuration.database.path)
      // The tokens that are missing hide all but the one setting that is the account's own to read, and what is beyond our own limits.
      let hidden = unseen.filter { $0.reason != GateDiagnosis.beyondLimits.reason }
      let remedy =
        hidden.allSatisfy { $0.subject.check == .selfApproval }
        ? hidden.isEmpty ? GateDiagnosis.beyondLimits.remedy : "`gatehouse check` names it, with what to do"
        : GateDiagnosis.sightRemedy(hasAdminToken: instance.adminToken != nil, isMade: isMade)
      let places = unseen.prefix(ScheduledChecks.namedPlaces).map { "\($0.subject.check.rawValue) of \($0.place) (\($0.reason))" }
      log.warning(
        "GitLab does not show all that the gate stands on: a change there goes unnoticed",
        metadata: [
          "instance": "\(instance.name)", "unseen": "\(terminalSafe(places.joined(separator: "; ")))",
          "more": "\(unseen.count > places.count)",
          "remedy": "\(remedy)",
        ])
    }
  }

  /// Those that asked for quiet: they are looked at the next time.
  private func pausedInstances() async -> Set<String> {
    let paused = try? await readers.perform { reading in
      try reading.instances().filter { $0.pausedUntil.map { $0 > reading.now } ?? false }.map(\.name)
    }
    return Set(paused ?? [])
  }

  /// As soon as one GitLab was looked at: another one may be dead.
  private func note(_ survey: Doctor.Survey) async {
    // What was cut off by the end of the server has gaps, and more of them than GitLab made.
    guard !Task.isCancelled else { return }
    do {
      try await writer.perform { [gate] transaction in
        if let pause = survey.pause {
          try gate.noteTrouble(instance: survey.look.instance, reason: "GitLab asked for quiet", pause: pause, in: transaction)
        }
        try gate.noteLook(survey.look, in: transaction)
        if let token = survey.adminToken {
          try transaction.noteTokenEnd(instance: survey.look.instance, adminToken: .some(token.expiresAt))
        }
      }
    } catch {
      // The next look finds the same.
      log.warning(
        "what was found in GitLab could not be recorded", metadata: ["instance": "\(survey.look.instance)", "reason": "\(error)"])
    }
  }
}
