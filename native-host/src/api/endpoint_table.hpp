// The server's own endpoints: one table of method, path, needs and handler (endpoint_table.cpp). A
// test compares it with spec/openapi.yaml.
#pragma once

#include <boost/asio/awaitable.hpp>

#include "api/access_endpoints.hpp"
#include "api/auth_endpoints.hpp"
#include "api/event_endpoints.hpp"
#include "api/operator_endpoints.hpp"
#include "api/page_endpoints.hpp"
#include "api/page_key_endpoints.hpp"
#include "api/plugin_endpoints.hpp"
#include "api/route_endpoints.hpp"
#include "enforce/target.hpp"

namespace portcullis::bff {

/// The handlers, by family. Shared by all threads: thread-safe if their parts are.
struct Endpoints {
  PluginEndpoints plugins;
  OperatorEndpoints operators;
  EventEndpoints events;
  AccessEndpoints access;
  AuthEndpoints auth;
  PageKeyEndpoints page_keys;
  RouteEndpoints routes;
  PageEndpoints page;
};

/// The table for judge(), without handlers, in row order.
[[nodiscard]] EndpointSpecs endpoint_specs() noexcept;

/// Answers an allowed call that needs no waiting. Returns false, having done nothing, if answer()
/// is needed.
[[nodiscard]] bool answer_now(Endpoints& endpoints, RequestContext& call);
/// Answers an allowed call.
[[nodiscard]] boost::asio::awaitable<void> answer(Endpoints& endpoints, RequestContext& call);

}  // namespace portcullis::bff
