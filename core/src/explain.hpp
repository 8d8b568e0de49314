// The sentences of a Decision. For people: only the codes are a contract.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "portcullis/allow_list.hpp"
#include "portcullis/codes.hpp"
#include "portcullis/topics.hpp"

namespace portcullis::explain {

/// `what` is the method, or "event stream".
std::string rejected_target(std::string_view what, std::string_view target, Code code,
                            std::size_t offset);
std::string allowed_call(const AllowList& api, int rule, std::string_view method,
                         std::string_view path);
std::string denied_call(const AllowList& api, std::string_view method, std::string_view path);
std::string allowed_topic(const TopicList& sse, int entry, std::string_view path);
std::string denied_topic(const TopicList& sse, std::string_view path);

}  // namespace portcullis::explain
