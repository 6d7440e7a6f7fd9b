internal import HTTPMessages

/// The endpoints that projects and groups have alike: `level` is the first segment.
extension Endpoint {
  static func protectedEnvironments(_ level: String) -> [Endpoint] {
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
}
