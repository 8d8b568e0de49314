// JSON request bodies: media type, size limits and strict parsing.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

#include "api/request_context.hpp"
#include "domain/blocking_work.hpp"

namespace portcullis::bff {

class JsonMembers;

/// Longer bodies are parsed on the threads for blocking work, under heavy_turn(): parsing them
/// takes over a millisecond.
inline constexpr std::size_t kReadAtOnceBytes = 16 * 1024;
/// The detail of OVERLOADED: too many large bodies of the account are queued.
inline constexpr std::string_view kTooManyBodies =
    "too many large request bodies of this account at once";

/// The queue of the call's account, or of its address without a session.
[[nodiscard]] BlockingWork::Turn heavy_turn(const RequestContext& call);

/// Reads the body's text. Returns false if the request was refused and answered (415, 413, 400,
/// 408, or the code of the memory budget).
[[nodiscard]] boost::asio::awaitable<bool> read_json_text(RequestContext& call, std::size_t limit,
                                                          std::string& text);

/// Answers 400 with the first problem of the body's members.
void refuse_members(RequestContext& call, const JsonMembers& members);

/// Reads and parses bodies.
class JsonBodies {
 public:
  explicit JsonBodies(BlockingWork& blocking) : blocking_(blocking) {}

  /// Parses a body of at most `limit` bytes and `depth` levels, strictly (base/strict_json.hpp). A
  /// missing body is {}. Returns false if the request was refused and answered.
  [[nodiscard]] boost::asio::awaitable<bool> read(RequestContext& call, std::size_t limit,
                                                  std::size_t depth, nlohmann::json& body);

 private:
  BlockingWork& blocking_;
};

}  // namespace portcullis::bff
