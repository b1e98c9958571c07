def desk_errors(get_response): return get_response
