internal import Calendar

/// Service accounts and their end (facts F).
extension World {
  /// An account of the instance, or of the group or project that provisions it.
  mutating func createServiceAccount(
    of source: Source?, name: String?, username: String?, email: String?
  ) throws(APIError) -> User {
    let word =
      switch source {
      case nil: "service_account"
      case .group(let id): "service_account_group_\(id)"
      case .project(let id): "service_account_project_\(id)"
      }
    let generated = word + "_" + hexadecimal(random.randomBytes(16))
    try checkNames(username: username, email: email, except: nil)
    var user = User(
      id: nextIDs.take(\.row), username: username ?? generated, name: name ?? "Service account user", isServiceAccount: true)
    user.email = generated + "@noreply." + host
    user.unconfirmedEmail = email
    user.provisionedBy = source
    users.insert(user)
    return user
  }

  mutating func updateServiceAccount(_ id: Int64, name: String?, username: String?, email: String?) throws(APIError) -> User {
    try checkNames(username: username, email: email, except: id)
    if let name { users[id].name = name }
    if let username { users[id].username = username }
    if let email { users[id].unconfirmedEmail = email }
    return users[id]
  }

  private func checkNames(username: String?, email: String?, except id: Int64?) throws(APIError) {
    let others = users.all.filter { $0.id != id && !$0.isDeleted }
    var faults: [String] = []
    if let email, others.contains(where: { $0.email == email || $0.unconfirmedEmail == email }) {
      faults.append("Email has already been taken")
    }
    if let name = username?.lowercased() {
      let isTaken = others.contains { $0.username.lowercased() == name } || groups.all.contains { $0.fullPath.lowercased() == name }
      if isTaken { faults.append("Username has already been taken") }
    }
    guard faults.isEmpty else { throw .badRequest(faults.joined(separator: " and ")) }
  }

  /// The account goes when the job queue comes to it.
  mutating func deleteAccount(_ id: Int64) {
    if instance.blocksAccountsFirst { users[id].isBlocked = true }
    users[id].deletedAt = users[id].deletedAt ?? now + instance.deletesAccountsAfter
  }

  /// Its memberships and tokens go with it, and its place in protected environments.
  mutating func finishDeleting(_ id: Int64) {
    for membership in memberships where membership.userID == id { removeMember(id, from: membership.source) }
    for token in tokens.all where token.userID == id { tokens.remove(token.id) }
    if instance.dropsRulesOfDeletedUsers { dropRules(of: id) }
    users[id].deletedAt = nil
    users[id].isDeleted = true
    users[id].username = "ghost\(id)"
    users[id].name = "Ghost User"
  }

  private mutating func dropRules(of id: Int64) {
    for protection in protections.all {
      protections[protection.id].deployAccess.removeAll { $0.holder == .user(id) }
      protections[protection.id].approvalRules.removeAll { $0.holder == .user(id) }
    }
  }
}
