import { problemType } from '../common/problems/problem';

export const TAG_NOT_FOUND = problemType(404, 'tag_not_found', 'There is no such tag.');
export const TAG_NAME_TAKEN = problemType(409, 'tag_name_taken', 'The store has a tag of this name.');
export const TAG_IN_USE = problemType(409, 'tag_in_use', 'Items carry this tag; unlink it from them first.');
