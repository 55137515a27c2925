export { buildSite, type BuildSiteOptions, type LastRun, type Site } from "./build.ts";
export { chooseNotebooks, type Choice } from "./choose.ts";
export { courseFolder, lastReport, lastRuns, type ReportedNotebook } from "./last-course.ts";
export { readCourse, type Course, type CourseNotebook, type CourseStage, type Route, type Skill } from "./course.ts";
export { courseEnvironment, courseTasks, writePages, writeReport, type CourseTask } from "./write-course.ts";
