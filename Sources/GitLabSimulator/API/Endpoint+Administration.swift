internal import HTTPMessages

/// The endpoints that administer.
extension Endpoint {
  /// What projects and groups have alike: `level` is the first segment.
  static func administration(_ level: String) -> [Endpoint] {
    protectedEnvironments(level) + members(level) + sharing(level) + hooks(level) + resourceTokens(level)
      + serviceAccounts(level + "/:id/service_accounts", since: level == "projects" ? .projectServiceAccounts : .serviceAccounts)
  }

  private static func protectedEnvironments(_ level: String) -> [Endpoint] {
    let list = level + "/:id/protected_environments"
    let one = list + "/:name"
    return [
      Endpoint("GET", list, .reading) { world, call throws(APIError) in try world.listProtections(call) },
      Endpoint("POST", list, .api) { world, call throws(APIError) in try world.createProtection(call) },
      Endpoint("GET", one, .reading) { world, call throws(APIError) in try world.showProtection(call) },
      Endpoint("PUT", one, .api) { world, call throws(APIError) in try world.updateProtection(call) },
      Endpoint("DELETE", one, .api) { world, call throws(APIError) in try world.deleteProtection(call) },
    ]
  }

  private static func resourceTokens(_ level: String) -> [Endpoint] {
    let list = level + "/:id/access_tokens"
    return [
      Endpoint("GET", list, .reading) { world, call throws(APIError) in try world.listResourceTokens(call) },
      Endpoint("POST", list, .api) { world, call throws(APIError) in try world.createResourceToken(call) },
      Endpoint("DELETE", list + "/:token_id", .api) { world, call throws(APIError) in try world.revokeResourceToken(call) },
    ]
  }

  private static func members(_ level: String) -> [Endpoint] {
    let list = level + "/:id/members"
    let one = list + "/:user_id"
    return [
      Endpoint("GET", list, .reading) { world, call throws(APIError) in try world.listDirectMembers(call) },
      Endpoint("POST", list, .api) { world, call throws(APIError) in try world.addMember(call) },
      Endpoint("GET", list + "/all", .reading) { world, call throws(APIError) in try world.listMembers(call) },
      Endpoint("GET", list + "/all/:user_id", .reading) { world, call throws(APIError) in try world.showMember(call) },
      Endpoint("GET", one, .reading) { world, call throws(APIError) in try world.showDirectMember(call) },
      Endpoint("PUT", one, .api) { world, call throws(APIError) in try world.updateMember(call) },
      Endpoint("DELETE", one, .api) { world, call throws(APIError) in try world.removeMember(call) },
    ]
  }

  private static func sharing(_ level: String) -> [Endpoint] {
    [
      Endpoint("POST", level + "/:id/share", .api) { world, call throws(APIError) in try world.shareWithGroup(call) },
      Endpoint("DELETE", level + "/:id/share/:group_id", .api) { world, call throws(APIError) in try world.unshareWithGroup(call) },
    ]
  }

  private static func hooks(_ level: String) -> [Endpoint] {
    let list = level + "/:id/hooks"
    let one = list + "/:hook_id"
    return [
      Endpoint("GET", list, .reading) { world, call throws(APIError) in try world.listHooks(call) },
      Endpoint("POST", list, .api) { world, call throws(APIError) in try world.createHook(call) },
      Endpoint("GET", one, .reading) { world, call throws(APIError) in try world.showHook(call) },
      Endpoint("PUT", one, .api) { world, call throws(APIError) in try world.updateHook(call) },
      Endpoint("DELETE", one, .api) { world, call throws(APIError) in try world.deleteHook(call) },
      Endpoint("GET", one + "/events", .reading, since: .hookEvents) { world, call throws(APIError) in try world.listHookEvents(call) },
      Endpoint("POST", one + "/events/:hook_event_id/resend", .api, since: .hookResend) { world, call throws(APIError) in
        try world.resendHookEvent(call)
      },
      Endpoint("POST", one + "/test/:trigger", .api) { world, call throws(APIError) in try world.testHook(call) },
    ]
  }

  private static func serviceAccounts(_ list: String, since feature: World.Feature) -> [Endpoint] {
    let one = list + "/:user_id"
    let tokens = one + "/personal_access_tokens"
    // What came later to the accounts of groups was there from the beginning in those of projects.
    func later(_ other: World.Feature) -> World.Feature { feature.since < other.since ? other : feature }
    return [
      Endpoint("GET", list, .reading, since: later(.serviceAccountLists)) { world, call throws(APIError) in
        try world.listServiceAccounts(call)
      },
      Endpoint("POST", list, .api, since: feature) { world, call throws(APIError) in try world.createServiceAccount(call) },
      Endpoint("PATCH", one, .api, since: later(.serviceAccountUpdates)) { world, call throws(APIError) in
        try world.updateServiceAccount(call)
      },
      Endpoint("DELETE", one, .api, since: later(.serviceAccountLists)) { world, call throws(APIError) in
        try world.deleteServiceAccount(call)
      },
      Endpoint("GET", tokens, .reading, since: later(.serviceAccountTokenLists)) { world, call throws(APIError) in
        try world.listAccountTokens(call)
      },
      Endpoint("POST", tokens, .api, since: feature) { world, call throws(APIError) in try world.createAccountToken(call) },
      Endpoint("DELETE", tokens + "/:token_id", .api, since: later(.serviceAccountTokenLists)) { world, call throws(APIError) in
        try world.revokeAccountToken(call)
      },
      Endpoint("POST", tokens + "/:token_id/rotate", .api, since: feature) { world, call throws(APIError) in
        try world.rotateAccountToken(call)
      },
    ]
  }

  static let instanceAccounts: [Endpoint] = [
    Endpoint("GET", "service_accounts", .reading, since: .serviceAccountLists) { world, call throws(APIError) in
      try world.listServiceAccounts(call)
    },
    Endpoint("POST", "service_accounts", .api, since: .serviceAccounts) { world, call throws(APIError) in
      try world.createServiceAccount(call)
    },
    Endpoint("PATCH", "service_accounts/:user_id", .api, since: .serviceAccountUpdates) { world, call throws(APIError) in
      try world.updateServiceAccount(call)
    },
    Endpoint("DELETE", "users/:user_id", .api) { world, call throws(APIError) in try world.deleteUser(call) },
    Endpoint("POST", "users/:user_id/personal_access_tokens", .api) { world, call throws(APIError) in try world.createUserToken(call) },
  ]

  static let tokens: [Endpoint] = [
    Endpoint("GET", "personal_access_tokens", .reading) { world, call throws(APIError) in try world.listTokens(call) },
    Endpoint("GET", "personal_access_tokens/self", .anyToken) { world, call throws(APIError) in try world.showToken(call) },
    Endpoint("DELETE", "personal_access_tokens/self", .anyToken) { world, call throws(APIError) in try world.revokeToken(call) },
    Endpoint("POST", "personal_access_tokens/self/rotate", .rotation, since: .selfRotation) { world, call throws(APIError) in
      try world.rotateToken(call)
    },
    Endpoint("GET", "personal_access_tokens/:token_id", .reading) { world, call throws(APIError) in try world.showToken(call) },
    Endpoint("DELETE", "personal_access_tokens/:token_id", .api) { world, call throws(APIError) in try world.revokeToken(call) },
    Endpoint("POST", "personal_access_tokens/:token_id/rotate", .api) { world, call throws(APIError) in try world.rotateToken(call) },
  ]
}
