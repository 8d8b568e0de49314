#include "console_ops.hpp"
#include "portcullis/canonical_path.hpp"
#include "portcullis/stamp.hpp"

namespace portcullis::console {

namespace {

bool read_count(const Request& request, std::string_view key, std::uint64_t& out) {
  std::int64_t value = 0;
  const json::View given = request.root.find(key);
  if (!given.integer(1, static_cast<std::int64_t>(kMaxStampCounter), &value)) return false;
  out = static_cast<std::uint64_t>(value);
  return true;
}

}  // namespace

Code stamp_message(const Request& request, json::Writer& answer) {
  std::string_view key_id;
  std::string_view caller;
  std::string_view method;
  std::string_view target;
  std::uint64_t counter = 0;
  if (!request.text("key_id", key_id) || !request.text("caller", caller) ||
      !request.text("method", method) || !request.text("target", target) ||
      !read_count(request, "counter", counter)) {
    return Code::kConsoleBadArgument;
  }
  CanonicalPath canonical;
  const Code code = canonicalize(target, canonical);
  if (code != Code::kAllowed) return code;
  std::string message;
  portcullis::stamp_message(message, key_id, caller, method, canonical.target(), counter);
  answer.key("message").string(message);
  return Code::kAllowed;
}

Code stamp_page(const Request& request, json::Writer& answer) {
  std::string_view key_id;
  std::string_view change;
  std::uint64_t step = 0;
  if (!request.text("key_id", key_id) || !request.text("change", change) ||
      !is_page_change(change) || !read_count(request, "step", step)) {
    return Code::kConsoleBadArgument;
  }
  std::string message;
  page_message(message, key_id, change, step);
  answer.key("message").string(message);
  return Code::kAllowed;
}

Code stamp_parse(const Request& request, json::Writer& answer) {
  std::string_view value;
  if (!request.text("value", value)) return Code::kConsoleBadArgument;
  Stamp stamp;
  const Code code = parse_stamp(value, stamp);
  answer.key("ok").boolean(code == Code::kAllowed);
  if (code != Code::kAllowed) {
    answer.key("code").string(name(code));
    return Code::kAllowed;
  }
  answer.key("key_id").string(stamp.key_id).key("counter");
  answer.integer(static_cast<std::int64_t>(stamp.counter)).key("mac").string(stamp.mac);
  return Code::kAllowed;
}

}  // namespace portcullis::console
