/// The account's tokens that apply has made, and that another has taken the place of: they would serve until their end, and nobody holds them.
extension SetupPlanner {
  /// - Parameter steps: what the plan does to protections before.
  func formerTokens(after steps: [SetupStep]) -> [SetupStep] {
    let isIssued = token.contains { $0.change?.kind == .token && $0.change?.existingID == nil }
    let own = survey.ownTokenID
    // Without one that serves, the file that was meant may only be elsewhere for now.
    guard isIssued || own != nil else { return [] }
    let isOwnMade = memory.accountTokens.contains { $0.id == own }
    let former = memory.accountTokens.filter { token in
      token.id == own ? isIssued : isIssued || isOwnMade || !token.isKept
    }
    // Of one that is not made yet there is none.
    let known = former.filter { survey.account != nil || $0.account != nil }
    return known.compactMap { revocation(ofFormer: $0, isIssued: isIssued, after: steps) }
  }

  /// Those of which it cannot be told whether somebody has them: a person can.
  func doubtfulTokens(among all: [AccessTokenReading]) -> [SetupStep] {
    guard survey.tokens != nil else {
      var own: String?
      if case .valid(let token, _) = survey.ownToken { own = token.name }
      let names = memory.pendingTokens.filter { $0 != own }.sorted() + memory.lostRotations.map(\.name)
      return survey.account == nil ? [] : names.map { SetupStep(.nothing, "access token \($0)", notes: [whyUnlisted]) }
    }
    return memory.lostRotations.compactMap { rotation in
      guard case .untold(let tokens) = rotation.verdict(among: all, own: survey.ownTokenID) else { return nil }
      return .cannot("access token \(rotation.name)", rotation.sentence(untold: tokens))
    }
  }

  private var whyUnlisted: String {
    let may = "a run that was cut off may have made one that nobody has"
    if let why = whyUnlistedYet { return "\(may): \(why)" }
    return
      "\(may), and GitLab \(target.instance) does not list the account's tokens to \(survey.person.username): apply with the token of an Owner of the "
      + "top-level group, or of an administrator, and it is revoked"
  }

  /// Nil from 17.11 on.
  private var whyUnlistedYet: String? {
    guard let version = survey.version, !version.listsAccountTokens else { return nil }
    return
      "GitLab \(target.instance), which is \(version), lists the tokens of \(survey.account?.username ?? "the account") to nobody else (17.11 does); "
      + "apply looks for it once the account has one that serves, and revokes it"
  }

  private func revocation(ofFormer token: SetupMemory.MadeToken, isIssued: Bool, after steps: [SetupStep]) -> SetupStep? {
    if let account = token.account, account != survey.account?.id {
      let origin = token.isMadeByApply ? "apply has made it for" : "it is of"
      return revocation(of: token.name, in: token.place, ofFormer: account, origin, endsOn: token.expiresOn, after: steps) { tokens in
        tokens.first { $0.id == token.id && $0.isActive }.map(LostRotation.Verdict.made) ?? .nothing
      }
    }
    let subject = "access token \(token.name)"
    let origin = token.isMadeByApply ? "apply has made it" : "another has taken its place"
    guard let tokens = survey.tokens else {
      if isIssued, let why = whyUnlistedYet {
        return SetupStep(.nothing, subject, notes: ["\(origin), and nobody has it any more: \(why)"])
      }
      let end = token.expiresOn.map { ", or ends by itself on \($0)" } ?? ""
      return SetupStep(
        .nothing, subject,
        notes: [
          "\(origin), nobody has it any more, and GitLab does not list the account's tokens to "
            + "\(survey.person.username): it may be gone\(end); where it serves still, have an administrator revoke it, or apply with the token of "
            + "somebody who is shown it"
        ])
    }
    // Rotated, revoked or ended in GitLab.
    guard tokens.contains(where: { $0.id == token.id && $0.isActive }) else { return nil }
    var change = SetupChange(.token, in: token.place, name: token.name)
    change.existingID = token.id
    let line = isIssued ? "- revoked, once the new one is in its file" : "- revoked: \(origin), and nobody has it any more"
    // One that GitLab does not let go keeps nothing else from being set up.
    return SetupStep(.update, subject, lines: [line], change: change, holdsUpNothing: true)
  }

  /// What runs that were cut off have made for accounts that others have taken the place of.
  ///
  /// - Parameter steps: what the plan does to protections before.
  func formerBegun(after steps: [SetupStep]) -> [SetupStep] {
    memory.formerBegun.compactMap { begun in
      let isListed = survey.tokens(of: begun.account) != nil
      let origin = "a run that was cut off \(isListed ? "has" : "may have") made it for"
      return revocation(
        of: begun.name, in: begun.place, ofFormer: begun.account, origin, begun.rotation, after: steps, verdict: begun.verdict)
    }
  }

  /// Of an account that another has taken the place of: with one that is deleted its tokens are gone. As long as a protection asks the former one and not
  /// the other, that one is all that can decide.
  ///
  /// - Parameter verdict: which of its tokens is meant.
  private func revocation(
    of name: String, in place: SetupPlace, ofFormer account: Int64, _ origin: String, endsOn end: String? = nil,
    _ rotation: LostRotation? = nil, after steps: [SetupStep], verdict: ([AccessTokenReading]) -> LostRotation.Verdict
  ) -> SetupStep? {
    if case .gone = survey.standings[account] { return nil }
    let subject = "access token \(name)"
    let origin = "\(origin) the user of id \(account), which was the gate's account before, and nobody has it any more"
    guard case .success(let tokens)? = survey.formerTokens[account] else {
      let end = end.map { ", or ends by itself on \($0)" } ?? ""
      return SetupStep(
        .nothing, subject,
        notes: [
          "\(origin): GitLab does not list its tokens to \(survey.person.username) (\(fault(survey.formerTokens[account]))), so that it may be "
            + "gone\(end). Where it serves still, have an administrator revoke it, or delete that user"
        ])
    }
    switch verdict(tokens) {
    case .nothing: return nil
    case .untold(let doubtful): return rotation.map { .cannot(subject, $0.sentence(untold: doubtful)) }
    case .made(let token):
      if let tier = stayingTier(asking: account) {
        return SetupStep(
          .nothing, subject,
          notes: [
            "\(origin) but a server that has not read its configuration anew: it serves on as long as \(tier) asks that account, for nobody else "
              + "can decide there"
          ])
      }
      var change = SetupChange(.token, in: place, name: name)
      change.existingID = token.id
      change.formerAccount = account
      change.successors = steps.compactMap(\.change).filter { !$0.formerApprovalRows.isEmpty && !$0.isTakenBack }
        .map { ProtectedName(place: $0.place, name: $0.name) }
      return SetupStep(.update, subject, lines: ["- revoked: \(origin)"], change: change, holdsUpNothing: true)
    }
  }
}
