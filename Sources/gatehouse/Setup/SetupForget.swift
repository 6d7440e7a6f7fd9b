import ArgumentParser
import ChangeControl
import Gate
import GitLab
import Storage

extension SetupCommand {
  /// Undo strikes from the record too, and takes all else back: where a gate is to go on, or its GitLab is no more, that is no way.
  struct Forget: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Strikes from the record what apply made and nobody has to take back any more. Asks no GitLab.",
      discussion: """
        For what is deleted, and for a GitLab that is no more: plan, check and undo look for it no longer. It takes nothing back: what stands nevertheless
        stays, and no undo finds it again. A token's file stays.
        THING is what undo calls it, or its place: 'protected environment production of project acme/shop', 'project acme/shop', or 'project 31' by its
        number. Of a project that was moved away, or that GitLab shows the gate no more, the server tells no drift then; where it is shown again, it is looked
        at anew.
        Example: gatehouse setup forget 'project acme/shop' --because 'deleted on 20 November'
        Example: gatehouse setup forget --all --instance old --because 'shut down'
        """)

    @OptionGroup var configuration: ConfigurationOptions

    @Option(help: "The GitLab, by the name that the record has. May be left out where it has one.")
    var instance: String?

    @Flag(help: "All that is on record of that GitLab.")
    var all = false

    @Flag(help: "Print JSON.")
    var json = false

    @Option(help: "Why it is forgotten, for the audit log.")
    var because: String

    @Argument(help: "What is struck from the record.")
    var things: [String] = []

    func validate() throws {
      guard things.isEmpty == all else { throw ValidationError("name what is to be forgotten, or all of it with --all") }
      guard because.contains(where: { !$0.isWhitespace }) else {
        throw ValidationError("--because is empty: say why it is struck from the record, for the audit log")
      }
      guard because.utf8.count <= 1_000 else { throw ValidationError("--because is too long: 1000 bytes are enough") }
    }

    func run() throws {
      let database = try configuration.openExistingDatabase(.readWrite)
      let lock = try SetupLock(databasePath: try configuration.databasePath())
      defer { withExtendedLifetime(lock) {} }
      let plan = try configuration.loadWithoutSecrets().plan
      let name = try chosen(of: try refusing { try database.reading(at: SystemClock.now()) { try instances(in: $0, plan) } })
      let journal = SetupJournal(database: database, instance: name, actor: commandLineActor())
      let made = try journal.records(.made).map { (id: $0.id, trace: $0.trace, state: SetupRecord.State.undone) }
      let begun = try journal.begun().map { (id: $0.id, trace: $0.trace, state: SetupRecord.State.abandoned) }
      let missing = try refusing { try database.reading(at: SystemClock.now()) { try $0.missingProjects(instance: name) } }
      let wishes = SetupUndoWishes(forgotten: things, because: because)
      try wishes.expectKnown(among: (made + begun).map(\.trace), besides: missing)
      let report = SetupReport(instance: name, form: json ? .json : .text)
      let struck = (made + begun).filter { all || wishes.reason(toForget: $0.trace) != nil }
      for (id, trace, state) in struck {
        var forgotten = trace
        forgotten.isForgotten = true
        try journal.settle(id, as: state, forgotten, forgottenBecause: because)
        try report.tell(.update, trace.text, status: "forgotten", notes: [trace.whereItServes].compactMap(\.self))
      }
      // Of a GitLab that goes on the next look would tell it anew.
      if all, plan.instance(named: name) == nil {
        let ended = try refusing {
          try database.transaction(at: SystemClock.now()) {
            try Gate(plan: plan).forgetInstance(name, because: because, actor: journal.actor, in: $0)
          }
        }
        for drift in ended { try report.tell(.update, "drift of \(drift.place)", status: "ended", notes: []) }
      }
      for project in missing where things.contains(where: project.isMeant) {
        try refusing {
          try database.transaction(at: SystemClock.now()) {
            _ = try Gate(plan: plan).forgetProject(project.id, instance: name, because: because, actor: journal.actor, in: $0)
          }
        }
        try report.tell(.update, "drift of \(project.text)", status: "ended", notes: [])
      }
      let rest = made.count + begun.count - struck.count
      try report.end(
        "\(struck.count) \(struck.count == 1 ? "is" : "are") struck from the record of GitLab \(name), and \(rest) \(rest == 1 ? "is" : "are") on it still; what "
          + "stands in GitLab stands", done: true)
    }

    /// GitLabs of which something can be forgotten.
    private func instances(in reading: Reading, _ plan: ControlPlan) throws -> [String] {
      let recorded = try reading.setupInstances()
      return try recorded
        + reading.watchedInstances().filter { name in
          try !recorded.contains(name) && (plan.instance(named: name) == nil || !reading.missingProjects(instance: name).isEmpty)
        }
    }

    private func chosen(of names: [String]) throws -> String {
      let known = names.map { terminalSafe($0) }.joined(separator: ", ")
      guard let instance else {
        guard let only = names.first else { throw Failure.no("nothing is on record that apply has made") }
        guard names.count == 1 else { throw Failure.usage("several GitLabs are on record (\(known)): name one with --instance") }
        return only
      }
      guard names.contains(instance) else {
        throw Failure.usage(
          "nothing is on record of a GitLab called '\(terminalSafe(instance))'; "
            + (names.isEmpty ? "nor of any other" : "there is: \(known)"))
      }
      return instance
    }
  }
}

extension Reading {
  /// What the last look found moved or hidden.
  fileprivate func missingProjects(instance: String) throws -> [MissingProject] {
    try footings(instance: instance).filter(\.isMissing).compactMap { one in
      one.subject.project.map { MissingProject(id: $0, text: one.place == "project \($0)" ? one.place : "project \(one.place)") }
    }
  }
}

extension SetupTrace {
  /// Of a token that is struck from the record: the file that has it. That may be the only copy.
  var whereItServes: String? {
    guard [.token, .adminToken].contains(change.kind), let file = SecretFile(marked: before), (try? file.holds(before)) ?? true else {
      return nil
    }
    return "\(file.path) has it still, and it may serve: revoke it in GitLab, then remove that file"
  }
}
