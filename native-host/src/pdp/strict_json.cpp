#include "pdp/strict_json.hpp"

#include <exception>
#include <string>
#include <unordered_set>
#include <vector>

namespace portcullis::bff {
namespace {

/// Looks at every key and level, keeps no value. A pass of its own before the real parse, because
/// nlohmann's parser callback scans the whole parent after each object: quadratic in a long array.
class Watcher final : public nlohmann::json_sax<nlohmann::json> {
 public:
  explicit Watcher(std::size_t max_depth) : max_depth_(max_depth) {}
  Code code() const noexcept { return code_; }

  bool null() override { return true; }
  bool boolean(bool) override { return true; }
  bool number_integer(number_integer_t) override { return true; }
  bool number_unsigned(number_unsigned_t) override { return true; }
  bool number_float(number_float_t, const string_t&) override { return true; }
  bool string(string_t&) override { return true; }
  bool binary(binary_t&) override { return true; }
  bool start_array(std::size_t) override { return enter(); }
  bool end_array() override { return leave(); }
  bool start_object(std::size_t) override { return enter(); }
  bool end_object() override { return leave(); }
  bool key(string_t& name) override {
    return keys_.back().insert(name).second || refuse(Code::kJsonDuplicateKey);
  }
  bool parse_error(std::size_t, const std::string&, const nlohmann::detail::exception&) override {
    return refuse(Code::kJsonSyntax);
  }

 private:
  bool enter() {
    if (keys_.size() >= max_depth_) return refuse(Code::kJsonTooDeep);
    keys_.emplace_back();
    return true;
  }
  bool leave() {
    keys_.pop_back();
    return true;
  }
  bool refuse(Code code) {
    code_ = code;
    return false;
  }

  std::size_t max_depth_;
  Code code_ = Code::kAllowed;
  std::vector<std::unordered_set<std::string>> keys_;  // one per open array or object
};

}  // namespace

Code parse_strict_json(std::string_view text, std::size_t max_bytes, std::size_t max_depth,
                       nlohmann::json& out) {
  if (text.size() > max_bytes) return Code::kJsonTooLarge;
  // nlohmann takes NUL for the end of the text and would not look at what follows.
  if (text.find('\0') != std::string_view::npos) return Code::kJsonSyntax;
  try {
    Watcher watcher(max_depth);
    if (!nlohmann::json::sax_parse(text.begin(), text.end(), &watcher)) return watcher.code();
    out = nlohmann::json::parse(text.begin(), text.end(), nullptr, false);
    return out.is_discarded() ? Code::kJsonSyntax : Code::kAllowed;
  } catch (const std::exception&) {
    return Code::kJsonSyntax;
  }
}

}  // namespace portcullis::bff
