// Every handler, by family. Each is called only after judge() has allowed the call.
//
// Those that give a Response need nothing to wait for; the others answer through call.exchange.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <nlohmann/json_fwd.hpp>

#include "handlers/call.hpp"

namespace portcullis::bff::handlers {

using Awaitable = boost::asio::awaitable<void>;

// manifests.cpp
Response manifests(Call& call);
// bundle.cpp
Response bundle(Call& call);
// static_files.cpp
Response static_file(Call& call);
// operator.cpp
Awaitable refresh(Call& call);
Awaitable quarantine(Call& call);
Awaitable unquarantine(Call& call);
Response quarantine_list(Call& call);
// plugin_calls.cpp
Response secure_echo(Call& call);
Response health(Call& call);
Awaitable telemetry(Call& call);
// events.cpp
Awaitable events(Call& call);
Awaitable config_stream(Call& call);
Response config_ui(Call& call);
// access.cpp
Awaitable evaluation(Call& call, bool batch);
// auth.cpp
Awaitable login(Call& call);
Response logout(Call& call);
Response session(Call& call);
// page_key.cpp
Awaitable page_key(Call& call);
Response page_key_renew(Call& call);
Awaitable page_key_state(Call& call);
// routes.cpp
Awaitable route(Call& call);
// fixture_route.cpp
Awaitable fixture_route(Call& call);
/// Answers where nothing has to be waited for; false: route() has to.
bool fixture_now(Call& call);

/// Reads a JSON body: its text is in `text`, and true; otherwise the refusal was answered.
boost::asio::awaitable<bool> read_json_text(Call& call, std::size_t limit, std::string& text);
/// A longer one is read beside the threads of the connections, in heavy_turn(): it takes them more
/// than a millisecond.
inline constexpr std::size_t kReadAtOnceBytes = 16 * 1024;
/// Of the call's account, or of its address where nobody is signed in.
[[nodiscard]] BlockingWork::Turn heavy_turn(const Call& call);
/// The sentence of an OVERLOADED: the account has too many such bodies in line.
inline constexpr std::string_view kTooManyBodies = "too many large bodies of this account at once";

class JsonMembers;
/// Reads a JSON body of at most `depth` levels strictly (pdp/strict_json.hpp); one that is not
/// there is {}. False: answered.
boost::asio::awaitable<bool> read_json_body(Call& call, std::size_t limit, std::size_t depth,
                                            nlohmann::json& body);
/// Answers 400 with the first thing that is wrong with the body's members.
void refuse_members(Call& call, const JsonMembers& members);

/// The RateLimit fields of a judged call (draft-ietf-httpapi-ratelimit-headers), as header lines.
void add_rate_lines(Exchange& exchange, const RateVerdict& rate);

}  // namespace portcullis::bff::handlers
