// What the server itself answers: one table of method, path, needs and handler
// (endpoint_table.cpp). spec/openapi.yaml describes the same endpoints; a test holds the two
// against each other.
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

/// The handlers, by family. One for all threads: members are thread-safe where their parts are.
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

/// The table without its handlers, for judge(). In the order of the rows.
[[nodiscard]] EndpointSpecs endpoint_specs() noexcept;

/// Answers an allowed call where nothing has to be waited for. False: nothing was done, answer()
/// has to.
[[nodiscard]] bool answer_now(Endpoints& endpoints, RequestContext& call);
[[nodiscard]] boost::asio::awaitable<void> answer(Endpoints& endpoints, RequestContext& call);

}  // namespace portcullis::bff
