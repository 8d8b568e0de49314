// The page's side of a page key: makes stamps.
#pragma once

#include <string>
#include <vector>

#include "base/encoding.hpp"
#include "base/hmac.hpp"
#include "domain/page_keys.hpp"
#include "portcullis/stamp.hpp"

namespace portcullis::bff::testing {

class Stamper {
 public:
  explicit Stamper(const NewPageKey& made) : id(made.id), key_(bytes_of(made.secret)) {}

  std::string stamp(const StampedCall& call, std::uint64_t counter) const {
    std::string text;
    stamp_message(text, id, call.caller, call.method, call.target, counter);
    return "v1." + id + "." + std::to_string(counter) + "." + base64url_encode(key_.mac(text));
  }
  std::string stamp(const StampedCall& call) { return stamp(call, ++counter_); }
  std::string page_mac(std::string_view change, std::uint64_t step) const {
    std::string text;
    page_message(text, id, change, step);
    return base64url_encode(key_.mac(text));
  }

  const std::string id;

 private:
  static std::vector<std::uint8_t> bytes_of(const std::string& secret) {
    const std::string raw = base64url_decode(secret).value_or("");
    return {raw.begin(), raw.end()};
  }
  HmacKey key_;
  std::uint64_t counter_ = 0;
};

}  // namespace portcullis::bff::testing
