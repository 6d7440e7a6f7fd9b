internal import JSON

/// What GitLab shows of tokens, members and protections.
extension JSONValue {
  /// Of a token in a list, which may have those too that serve no more.
  var isServing: Bool { self["active"]?.bool ?? (self["revoked"]?.bool != true) }

  /// The level of a member.
  var level: Int64? { self["access_level"]?.integer }

  func all<Element>(_ read: (JSONValue) -> Element?) -> [Element] { (array ?? []).compactMap(read) }

  /// One that cannot be read would look as if nothing were protected there.
  var protections: Result<[ProtectedEnvironment], SetupFault> {
    let read = all(ProtectedEnvironment.init)
    return read.count == array?.count ?? 0
      ? .success(read) : .failure(SetupFault(.invalid, "they are shown in a form that is not known here"))
  }

  var accessToken: AccessTokenReading? {
    guard let id = id("id"), let scopes = self["scopes"]?.array else { return nil }
    return AccessTokenReading(
      id: id, name: text("name") ?? "", userID: self.id("user_id"), scopes: scopes.compactMap { $0.string?.bounded(to: 80) },
      isActive: isServing, expiresAt: instant("expires_at"), createdAt: instant("created_at"), lastUsedAt: instant("last_used_at"),
      isUseUntold: self["last_used_at"] == nil)
  }
}
