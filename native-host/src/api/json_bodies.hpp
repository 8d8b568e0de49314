// JSON bodies of requests: their media type, their size, and strict parsing. Also what a refusal of
// a wrong member says.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

#include "api/request_context.hpp"
#include "domain/blocking_work.hpp"

namespace portcullis::bff {

class JsonMembers;

/// A longer body is parsed on the threads for blocking work, in heavy_turn(): parsing it takes more
/// than a millisecond.
inline constexpr std::size_t kReadAtOnceBytes = 16 * 1024;
/// The sentence of an OVERLOADED: the account has too many such bodies in line.
inline constexpr std::string_view kTooManyBodies = "too many large bodies of this account at once";

/// The turn of the call's account, or of its address where nobody is signed in.
[[nodiscard]] BlockingWork::Turn heavy_turn(const RequestContext& call);

/// Reads the body's text into `text`. False: the request was refused and answered (415, 413, 400,
/// 408, or what the memory allowance says).
[[nodiscard]] boost::asio::awaitable<bool> read_json_text(RequestContext& call, std::size_t limit,
                                                          std::string& text);

/// Answers 400 with the first thing that is wrong with the body's members.
void refuse_members(RequestContext& call, const JsonMembers& members);

class JsonBodies {
 public:
  explicit JsonBodies(BlockingWork& blocking) : blocking_(blocking) {}

  /// Reads a body of at most `limit` bytes and `depth` levels, strictly (base/strict_json.hpp). An
  /// absent body is {}. False: the request was refused and answered.
  [[nodiscard]] boost::asio::awaitable<bool> read(RequestContext& call, std::size_t limit,
                                                  std::size_t depth, nlohmann::json& body);

 private:
  BlockingWork& blocking_;
};

}  // namespace portcullis::bff
