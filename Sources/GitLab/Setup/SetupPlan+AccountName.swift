/// What the account is called, where the configuration says otherwise; and those before it.
extension SetupPlanner {
  /// The last of all: nothing depends on it.
  var accountName: [SetupStep] {
    guard let account = survey.account, let place = account.place, isCalledOtherwise(account), mayRename(account) else { return [] }
    var change = SetupChange(.account, in: place, name: account.username)
    change.existingID = account.id
    change.displayName = target.displayName
    return [
      SetupStep(
        .update, "name of service account \(account.username) of \(place.text)",
        lines: ["~ name: \(account.displayName ?? "") → \(target.displayName)"], change: change)
    ]
  }

  private func isCalledOtherwise(_ account: SetupSurvey.Account) -> Bool {
    target.isDisplayNameConfigured && account.displayName.map { $0 != target.displayName } ?? false
  }

  /// Only of apply's own: another's name is somebody's choice.
  private func mayRename(_ account: SetupSurvey.Account) -> Bool {
    guard let place = account.place, memory.accounts.contains(account.id) else { return false }
    return survey.version?.renamesServiceAccounts(of: place.level) ?? false
  }

  func otherDisplayName(_ account: SetupSurvey.Account) -> String? {
    guard isCalledOtherwise(account), !mayRename(account) else { return nil }
    return
      "`setup.account.name` says \(target.displayName), and it is called \(account.displayName ?? ""): apply renames one of its own "
      + "making where GitLab can (from 17.10 on, one of the instance from 18.2 on) and lists it to \(survey.person.username); rename it in GitLab, or "
      + "take `name` out"
  }

  /// Whose token is configured is the gate's account, whatever it is called.
  func otherUsername(_ account: SetupSurvey.Account) -> String? {
    guard let username = target.username, username.lowercased() != account.username.lowercased() else { return nil }
    return
      "`setup.account.username` says \(username), and this account goes on being used: to have it called so, rename it in GitLab (an Owner of its "
      + "group under Settings > Service accounts, an administrator under Admin > Users); for another account, `gatehouse setup undo` takes this one "
      + "back, and apply makes that"
  }

  /// Those that apply has made before another has to be made.
  var formerAccounts: [String] { memory.accounts.sorted().compactMap(formerAccount) }

  private func formerAccount(_ id: Int64) -> String? {
    // In a GitLab that was restored to a time before, somebody else may have its number.
    if let now = survey.formerNames[id], let made = memory.accountNames[id], now.lowercased() != made.lowercased() {
      return
        "the one that apply has made before (id \(id)) was \(made), and user \(id) is \(now): GitLab was restored to a time before and has given the "
        + "number to somebody else, or the account was renamed. Where it is the gate's, put a token of it where `token` says, or its name under "
        + "`setup.account.username`"
    }
    return switch survey.standings[id] {
    case .gone: "the one that apply has made before (id \(id)) is gone from GitLab, and this one takes its place"
    case .active, .barred:
      "apply has made another before (id \(id)), which is there still: to go on with that, put a token of it where `token` says, or its name "
        + "under `setup.account.username`"
    case nil: nil
    }
  }
}
