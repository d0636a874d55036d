// The order matters: the library prints all that it loads.
import './mask-first.ts';
import tl from 'azure-pipelines-task-lib/task.js';

export default tl;
